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
    order_revenue_basis: str = "net_product"
    exclude_fully_refunded_orders: bool = True
    merchandise_only: bool = False
    guest_policy: str = "resolve_by_email"
    cohort_anchor: str = "first_order"
    retention_clock: str = "calendar"
    rfm_method: str = "min_rank"
    rfm_window_days: int | None = None
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
    is_left_censored: bool | None = None

    @property
    def day(self) -> date:
        return self.ordered_at_local.date()


@dataclass(frozen=True)
class Shop:
    """What is known at as_of."""

    policies: Policies
    canonical: Mapping[str, str]
    customers: frozenset[str]
    known_since: Mapping[str, datetime]
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
    known = [row for row in rows.get("customers", ()) if is_known(row, policies)]
    rows = {**rows, "customers": known, "orders": newest(rows.get("orders", ()))}
    canonical = resolve(rows, policies.as_of, zone, policies.guest_policy)
    barred = barred_customers(rows, canonical)
    seen = [row for row in rows.get("orders", ()) if local_time(row, zone) < policies.as_of]
    every = [classify(row, rows, policies, canonical, barred) for row in seen]
    valid = [order for order in every if order.excluded is None]
    return Shop(
        policies=policies,
        canonical=canonical,
        customers=frozenset(canonical.values()) - barred,
        known_since=known_since(rows, canonical, seen),
        every_order=every,
        orders=number_orders(valid),
    )


def is_known(customer: Row, policies: Policies) -> bool:
    """Whether the record was there before as_of."""
    created = to_local(instant(customer["created_at"]), policies.reporting_timezone)
    return created < policies.as_of


def newest(versions: Sequence[Row]) -> list[Row]:
    """One row an order: the one loaded last."""
    kept: dict[str, Row] = {}
    for row in sorted(versions, key=lambda row: str(moment(row.get("_loaded_at")) or "")):
        kept[str(row["order_id"])] = row
    return list(kept.values())


def barred_customers(rows: Rows, canonical: Mapping[str, str]) -> frozenset[str]:
    """Canonical customers of whom a record says test or internal."""
    return frozenset(
        canonical[str(row["customer_id"])]
        for row in rows.get("customers", ())
        if flag(row.get("is_test")) or flag(row.get("is_internal"))
    )


def local_time(row: Row, zone: str) -> datetime:
    return to_local(instant(row["ordered_at"]), zone)


def owner(row: Row, canonical: Mapping[str, str]) -> str | None:
    """The canonical customer of an order; None for a guest."""
    source = text(row.get("customer_id"))
    if source is not None:
        return canonical[source]
    return canonical.get(f"email_{hashed(row.get('email'))}")


def known_since(
    rows: Rows, canonical: Mapping[str, str], orders: Sequence[Row]
) -> dict[str, datetime]:
    """UTC instant at which each canonical customer became known: by a record or by an order."""
    facts = [
        (canonical[str(row["customer_id"])], instant(row["created_at"]))
        for row in rows.get("customers", ())
    ]
    for row in orders:
        customer = owner(row, canonical)
        if customer is not None:
            facts.append((customer, instant(row["ordered_at"])))
    return {name: min(at for other, at in facts if other == name) for name, _ in facts}


def instant(value: object) -> datetime:
    at = moment(value)
    assert at is not None
    return at


def refunds_of(row: Row, rows: Rows) -> list[Row]:
    """Refunds of the order, whenever they are dated."""
    wanted = str(row["order_id"])
    return [one for one in rows.get("refunds", ()) if text(one.get("order_id")) == wanted]


def refunded(row: Row, rows: Rows, policies: Policies, columns: Sequence[str]) -> Decimal:
    """Refunds dated before as_of; without any refund row, what the order itself says.

    An order in status refunded that says no amount anywhere was refunded whole.
    """
    rows_of_order = refunds_of(row, rows)
    if rows_of_order:
        zone = policies.reporting_timezone
        return sum(
            (
                money(refund.get(column))
                for refund in rows_of_order
                if to_local(instant(refund["refunded_at"]), zone) < policies.as_of
                for column in columns
            ),
            Decimal(0),
        )
    if text(row.get("refunded_amount")) is None and row["status"] == "refunded":
        return paid_for_products(row)
    return money(row.get("refunded_amount"))


def paid_for_products(row: Row) -> Decimal:
    return money(row["subtotal_amount"]) - money(row.get("discount_amount"))


def lines_of(row: Row, rows: Rows) -> list[Row]:
    wanted = str(row["order_id"])
    return [line for line in rows.get("order_lines", ()) if str(line["order_id"]) == wanted]


def is_merchandise(line: Row, rows: Rows) -> bool:
    """Everything is, unless its product says it is not."""
    return not any(
        product["product_id"] == line["product_id"]
        and text(product.get("is_merchandise")) is not None
        and not flag(product.get("is_merchandise"))
        for product in rows.get("products", ())
    )


def worth(lines: Sequence[Row]) -> Decimal:
    return sum((money(line["quantity"]) * money(line["unit_price"]) for line in lines), Decimal(0))


def net_revenue(row: Row, rows: Rows, policies: Policies) -> Decimal:
    """What the order is worth by the policy; gift cards are a liability, not product revenue."""
    lines = lines_of(row, rows)
    other = [line for line in lines if not is_merchandise(line, rows)]
    dropped = worth(other) if policies.merchandise_only else Decimal(0)
    if policies.order_revenue_basis == "total":
        everything = ("amount", "tax_amount", "shipping_amount")
        extras = money(row.get("shipping_amount")) + money(row.get("tax_amount"))
        charged = text(row.get("total_amount")) or paid_for_products(row) + extras
        return money(charged) - refunded(row, rows, policies, everything) - dropped
    gross = money(row["subtotal_amount"]) - dropped
    gross -= worth([line for line in lines if flag(line.get("is_gift_card"))])
    if policies.order_revenue_basis == "gross":
        return gross
    returned = refunded(row, rows, policies, ("amount",))
    return gross - money(row.get("discount_amount")) - returned


def exclusion(
    row: Row, rows: Rows, policies: Policies, customer: str | None, barred: frozenset[str]
) -> str | None:
    """The first reason not to count."""
    lines = lines_of(row, rows)
    returned = refunded(row, rows, policies, ("amount",))
    reasons = {
        f"status_{row['status']}": row["status"] in {"pending", "cancelled", "failed"},
        "test_order": flag(row.get("is_test")),
        "internal_customer": customer in barred,
        "no_merchandise": policies.merchandise_only
        and bool(lines)
        and not any(is_merchandise(line, rows) for line in lines),
        "fully_refunded": policies.exclude_fully_refunded_orders
        and returned > 0
        and returned >= paid_for_products(row),
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def classify(
    row: Row,
    rows: Rows,
    policies: Policies,
    canonical: Mapping[str, str],
    barred: frozenset[str],
) -> Order:
    """One raw order with its owner, what it is worth and its reason not to count."""
    customer = owner(row, canonical)
    at = instant(row["ordered_at"])
    return Order(
        order_id=str(row["order_id"]),
        customer_id=customer,
        ordered_at=at,
        ordered_at_local=to_local(at, policies.reporting_timezone),
        net_revenue=net_revenue(row, rows, policies),
        excluded=exclusion(row, rows, policies, customer, barred),
    )


def number_orders(valid: Sequence[Order]) -> list[Order]:
    """Give each customer's valid orders their place; guests have none."""
    done: list[Order] = []
    first_month = min((period_start("month", order.day) for order in valid), default=None)
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
                is_left_censored=cohort == first_month,
                cohort_index=periods_between("month", cohort, period_start("month", order.day)),
            )
        )
    return done
