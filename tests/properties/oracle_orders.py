"""Raw orders -> which count, whose they are, what they brought, which number they have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

from tests.properties.oracle_calendar import moment, period_start, periods_between, to_local
from tests.properties.oracle_customers import Row, flag, hashed, resolve, text

Rows = Mapping[str, Sequence[Row]]


@dataclass(frozen=True)
class Policies:
    """The project vars the oracles know, with the project's defaults."""

    as_of: datetime
    reporting_timezone: str = "UTC"
    exclude_fully_refunded_orders: bool = True
    guest_policy: str = "resolve_by_email"
    retention_clock: str = "calendar"
    collapse_same_day_orders: bool = False
    min_cell_size: int = 5
    repeat_windows: Sequence[int] = (30, 60, 90, 180, 365)
    cohort_brackets: Mapping[str, Sequence[Sequence[int]]] = field(
        default_factory=lambda: {
            "month": ((0, 0), (1, 3), (4, 6), (7, 12)),
            "day": ((0, 0), (1, 7), (8, 30), (31, 90)),
        }
    )
    cohort_max_periods: Mapping[str, int] = field(
        default_factory=lambda: {"day": 90, "week": 104, "month": 120}
    )
    rfm_snapshot_months: int = 13

    @classmethod
    def of(cls, variables: Mapping[str, object]) -> Policies:
        as_of = moment(variables["as_of"])
        assert as_of is not None
        known = {name: value for name, value in variables.items() if name != "as_of"}
        return cls(as_of=as_of, **known)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Order:
    """One order that happened before as_of. `excluded` says why it does not count."""

    order_id: str
    customer_id: str | None
    ordered_at: datetime
    ordered_at_local: datetime
    net_revenue: Decimal
    excluded: str | None
    number: int | None = None
    days_since_prior: int | None = None
    days_since_first: int | None = None
    cohort_month: date | None = None
    cohort_index: int | None = None

    @property
    def day(self) -> date:
        return self.ordered_at_local.date()


@dataclass(frozen=True)
class Shop:
    """What is known at as_of."""

    policies: Policies
    canonical: Mapping[str, str]
    customers: frozenset[str]
    every_order: Sequence[Order]
    orders: Sequence[Order]

    def by_customer(self) -> dict[str, list[Order]]:
        """Valid orders of identified customers, in their order."""
        found: dict[str, list[Order]] = {}
        for order in self.orders:
            if order.customer_id is not None:
                found.setdefault(order.customer_id, []).append(order)
        return {name: sorted(mine, key=sequence_key) for name, mine in found.items()}


def money(value: object) -> Decimal:
    """A raw amount; empty is 0."""
    return Decimal(0) if value is None or value == "" else Decimal(str(value))


def sequence_key(order: Order) -> tuple[datetime, str]:
    return order.ordered_at, order.order_id


def read_shop(rows: Rows, variables: Mapping[str, object]) -> Shop:
    """Everything the marts start from."""
    policies = Policies.of(variables)
    zone = policies.reporting_timezone
    rows = {**rows, "orders": newest(rows.get("orders", ()))}
    canonical = resolve(rows, policies.as_of, zone, policies.guest_policy)
    barred = barred_customers(rows, canonical)
    seen = [row for row in rows.get("orders", ()) if local_time(row, zone) < policies.as_of]
    every = [classify(row, rows, policies, canonical, barred) for row in seen]
    valid = [order for order in every if order.excluded is None]
    return Shop(
        policies=policies,
        canonical=canonical,
        customers=frozenset(canonical.values()) - barred,
        every_order=every,
        orders=number_orders(valid),
    )


def newest(versions: Sequence[Row]) -> list[Row]:
    """One row an order: the one loaded last."""
    kept: dict[str, Row] = {}
    for row in sorted(versions, key=lambda row: moment(row.get("_loaded_at")) or datetime.min):
        kept[str(row["order_id"])] = row
    return list(kept.values())


def barred_customers(rows: Rows, canonical: Mapping[str, str]) -> frozenset[str]:
    """Canonical customers of whom a record says test or internal."""
    return frozenset(
        canonical[str(row["customer_id"])]
        for row in rows.get("customers", ())
        if str(row["customer_id"]) in canonical
        and (flag(row.get("is_test")) or flag(row.get("is_internal")))
    )


def local_time(row: Row, zone: str) -> datetime:
    at = moment(row["ordered_at"])
    assert at is not None
    return to_local(at, zone)


def owner(row: Row, canonical: Mapping[str, str]) -> str | None:
    """The canonical customer of an order; None for a guest."""
    source = text(row.get("customer_id"))
    if source is not None:
        return canonical[source]
    return canonical.get(f"email_{hashed(row.get('email'))}")


def refunded(row: Row, rows: Rows, policies: Policies) -> Decimal:
    """Refunds dated before as_of; without a refunds table, what the order itself says."""
    if not rows.get("refunds"):
        return money(row.get("refunded_amount"))
    total = Decimal(0)
    for refund in rows["refunds"]:
        at = moment(refund["refunded_at"])
        assert at is not None
        is_ours = text(refund.get("order_id")) == str(row["order_id"])
        if is_ours and to_local(at, policies.reporting_timezone) < policies.as_of:
            total += money(refund["amount"])
    return total


def gift_cards(row: Row, rows: Rows) -> Decimal:
    """What the order took for gift cards: a liability, not revenue."""
    return sum(
        (
            money(line["quantity"]) * money(line["unit_price"])
            for line in rows.get("order_lines", ())
            if str(line["order_id"]) == str(row["order_id"]) and flag(line.get("is_gift_card"))
        ),
        Decimal(0),
    )


def classify(
    row: Row,
    rows: Rows,
    policies: Policies,
    canonical: Mapping[str, str],
    barred: frozenset[str],
) -> Order:
    """One raw order with its owner, its net product revenue and its reason not to count."""
    customer = owner(row, canonical)
    paid = money(row["subtotal_amount"]) - money(row.get("discount_amount"))
    returned = refunded(row, rows, policies)
    at = moment(row["ordered_at"])
    assert at is not None
    excluded = None
    if row["status"] in {"pending", "cancelled", "failed"}:
        excluded = f"status_{row['status']}"
    elif flag(row.get("is_test")):
        excluded = "test_order"
    elif customer in barred:
        excluded = "internal_customer"
    elif policies.exclude_fully_refunded_orders and returned > 0 and returned >= paid:
        excluded = "fully_refunded"
    return Order(
        order_id=str(row["order_id"]),
        customer_id=customer,
        ordered_at=at,
        ordered_at_local=to_local(at, policies.reporting_timezone),
        net_revenue=paid - returned - gift_cards(row, rows),
        excluded=excluded,
    )


def number_orders(valid: Sequence[Order]) -> list[Order]:
    """Give each customer's valid orders their place; guests have none."""
    done = []
    for order in sorted(valid, key=sequence_key):
        if order.customer_id is None:
            done.append(order)
            continue
        before = [one for one in done if one.customer_id == order.customer_id]
        first = before[0] if before else order
        cohort = period_start("month", first.day)
        done.append(
            replace(
                order,
                number=len(before) + 1,
                days_since_prior=(order.day - before[-1].day).days if before else None,
                days_since_first=(order.day - first.day).days,
                cohort_month=cohort,
                cohort_index=periods_between("month", cohort, period_start("month", order.day)),
            )
        )
    return done
