"""Rows of subscriptions -> spans: what each state of an item is worth and how long it counts.

Slow and plain, written from the specification: prices per month, the states that count, the ends
of the policies, refunds. Instants are naive UTC. Money is a Fraction until it is shown.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from tests.properties.oracle_calendar import midnight, moment, to_utc
from tests.properties.oracle_customers import Row, flag, resolve, text
from tests.properties.oracle_orders import barred_customers

Rows = Mapping[str, Sequence[Row]]
PER_MONTH = {
    "day": Fraction(365, 12),
    "week": Fraction(52, 12),
    "month": Fraction(1),
    "year": Fraction(1, 12),
}


@dataclass(frozen=True)
class Policies:
    """The project vars this oracle knows, with the project's defaults."""

    as_of: datetime
    reporting_timezone: str = "UTC"
    reporting_currency: str | None = None
    mrr_discount_policy: str = "all"
    churn_recognition: str = "ended_at"
    past_due_policy: str = "keep"
    past_due_keep_days: int = 14
    pause_policy: str = "contraction"
    free_plan_policy: str = "contraction"
    reactivation_window_days: int | None = None
    intra_month_policy: str = "net"
    movement_collapse_minutes: int = 60
    include_metered: bool = False
    refund_affects_mrr: bool = False
    fx_policy: str = "constant"
    fx_constant_date: date | None = None

    @classmethod
    def of(cls, variables: Mapping[str, object]) -> Policies:
        """The vars of a build; those that other oracles read are left out."""
        known = {name: variables[name] for name in cls.__dataclass_fields__ if name in variables}
        known["as_of"] = moment(variables["as_of"])
        if day := known.get("fx_constant_date"):
            known["fx_constant_date"] = date.fromisoformat(str(day))
        return cls(**known)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Span:
    """One interval of one item as the policies see it: start <= t < end, end None = still so."""

    customer: str
    currency: str
    item: str
    status: str
    start: datetime
    end: datetime | None
    mrr: Fraction
    is_subscribed: bool
    end_type: str | None = None
    asked: datetime | None = None
    row: Row = field(default_factory=dict)

    def holds_before(self, instant: datetime) -> bool:
        """At the last moment before the instant."""
        return self.start < instant and (self.end is None or self.end >= instant)

    def holds_at(self, instant: datetime) -> bool:
        """At the instant itself."""
        return self.start <= instant and (self.end is None or self.end > instant)


# -- prices and states ---------------------------------------------------------------------------


def number(value: object) -> Fraction:
    return Fraction(0) if value is None or value == "" else Fraction(str(value))


def money(value: Fraction) -> Decimal:
    """Four decimals, half up."""
    scaled = value * 10_000
    whole = Decimal(scaled.numerator) / Decimal(scaled.denominator)
    return whole.quantize(Decimal(1), ROUND_HALF_UP) / Decimal(10_000)


def discount_counts(row: Row, policies: Policies) -> bool:
    """A discount without a duration counts as forever; one of a single invoice is not recurring."""
    duration = text(row.get("discount_duration")) or "forever"
    if policies.mrr_discount_policy == "none":
        return False
    if policies.mrr_discount_policy == "forever_only":
        return duration == "forever"
    return duration != "once"


def list_mrr(row: Row, policies: Policies) -> Fraction:
    """The price per month after discounts, before the state of the item is looked at."""
    amount = number(row["unit_amount"]) * number(row["quantity"])
    if discount_counts(row, policies):
        amount = amount * (1 - number(row.get("discount_percent")) / 100)
        amount = max(amount - number(row.get("discount_amount")), Fraction(0))
    return amount / number(row["interval_count"]) * PER_MONTH[str(row["interval_unit"])]


def carries_mrr(row: Row, policies: Policies) -> bool:
    if flag(row.get("is_metered")) and not policies.include_metered:
        return False
    paying = {"active"}
    if policies.past_due_policy != "drop":
        paying.add("past_due")
    if policies.pause_policy == "keep":
        paying.add("paused")
    return row["status"] in paying


def keeps_subscribed(row: Row, policies: Policies) -> bool:
    counted = {"active"}
    if policies.past_due_policy != "drop":
        counted.add("past_due")
    if policies.pause_policy != "churn":
        counted.add("paused")
    if policies.free_plan_policy != "churn":
        counted.add("free")
    elif number(row["unit_amount"]) * number(row["quantity"]) == 0:
        return False
    return row["status"] in counted


def past_due_since(row: Row, of_item: Sequence[Row]) -> datetime:
    """Start of the unbroken run of past due intervals that this one belongs to."""
    start = instant(row["valid_from"])
    earlier = [
        other
        for other in of_item
        if other["status"] == "past_due" and moment(other.get("valid_to")) == start
    ]
    return past_due_since(earlier[0], of_item) if earlier else start


def instant(value: object) -> datetime:
    at = moment(value)
    assert at is not None
    return at


def counted_to(row: Row, known: Sequence[Row], policies: Policies) -> datetime | None:
    """When the interval stops counting; None = it does not."""
    end = moment(row.get("valid_to"))
    of_item = [r for r in known if r["subscription_item_id"] == row["subscription_item_id"]]
    if policies.churn_recognition == "period_end" and is_run_to_period_end(row, known):
        end = paid_until(row, of_item)
    if row["status"] == "past_due" and policies.past_due_policy == "keep_n_days":
        since = past_due_since(row, of_item)
        end = earlier(end, since + timedelta(days=policies.past_due_keep_days))
    if policies.churn_recognition == "cancel_requested_at":
        end = earlier(end, moment(row.get("cancel_requested_at")))
    return end


def earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((at for at in (one, other) if at is not None), default=None)


def read_spans(rows: Rows, policies: Policies) -> dict[tuple[str, str], list[Span]]:
    """The intervals that began before as_of; what ends from as_of on is still open."""
    cut = to_utc(policies.as_of, policies.reporting_timezone)
    canonical = resolve(rows, policies.as_of, policies.reporting_timezone)
    barred = barred_customers(rows, canonical)
    known = [
        known_at(row, cut)
        for row in newest(rows["subscriptions"])
        if instant(row["valid_from"]) < cut
    ]
    returned = refunds(rows, cut)
    found: dict[tuple[str, str], list[Span]] = {}
    for row in known:
        row["payer"] = canonical.get(str(row["customer_id"]), str(row["customer_id"]))
    for row in known:
        customer = str(row["payer"])
        if customer in barred:
            continue
        if policies.churn_recognition == "period_end" and row["status"] == "ended":
            continue  # it only says how the interval before it ended
        start = instant(row["valid_from"])
        end = counted_to(row, known, policies)
        if end is not None and end >= cut:
            end = None
        if end is not None and end <= start:
            continue
        mrr = list_mrr(row, policies) if carries_mrr(row, policies) else Fraction(0)
        span = Span(
            customer=customer,
            currency=str(row["currency"]),
            item=str(row["subscription_item_id"]),
            status=str(row["status"]),
            start=start,
            end=end,
            mrr=mrr,
            is_subscribed=keeps_subscribed(row, policies),
            end_type=text(row.get("end_type")),
            asked=moment(row.get("cancel_requested_at")),
            row=row,
        )
        parts = less_refunds(span, returned, cut) if policies.refund_affects_mrr else [span]
        found.setdefault((customer, span.currency), []).extend(parts)
    return found


def newest(rows: Sequence[Row]) -> list[Row]:
    """One row per item and valid_from: the one loaded last."""
    found: dict[tuple[object, object], Row] = {}
    for row in sorted(rows, key=lambda row: str(row.get("_loaded_at") or "")):
        found[row["subscription_item_id"], row["valid_from"]] = row
    return list(found.values())


def known_at(row: Row, cut: datetime) -> dict[str, object]:
    """The row without what happens from the cut on."""
    known = dict(row)
    for column in ("valid_to", "cancel_requested_at", "ended_at"):
        at = moment(row.get(column))
        if at is not None and at >= cut:
            known[column] = None
    if moment(known.get("valid_to")) is None:
        known["end_type"] = None
    return known


# -- ends by policy, refunds ---------------------------------------------------------------------


def is_run_to_period_end(row: Row, known: Sequence[Row]) -> bool:
    """A voluntary end of a paid or paused item that does not go on and is not swapped for another."""
    end = moment(row.get("valid_to"))
    if end is None or row["status"] not in ("active", "paused"):
        return False
    of_item = [r for r in known if r["subscription_item_id"] == row["subscription_item_id"]]
    after = [r for r in of_item if instant(r["valid_from"]) > instant(row["valid_from"])]
    following = min(after, key=lambda r: instant(r["valid_from"]), default=None)
    said = text(row.get("end_type"))
    if said is None and following is not None and following["status"] == "ended":
        said = text(following.get("end_type"))
    goes_on = any(r["status"] != "ended" and instant(r["valid_from"]) == end for r in of_item)
    return said in (None, "voluntary") and not goes_on and not is_swapped(row, end, known)


def is_swapped(row: Row, end: datetime, known: Sequence[Row]) -> bool:
    """Another item of the customer starts (again) in the moment this one ends."""
    return any(
        other["payer"] == row["payer"]
        and other["status"] != "ended"
        and instant(other["valid_from"]) == end
        and before(other, known) is None
        for other in known
    )


def before(row: Row, known: Sequence[Row]) -> Row | None:
    """The state of the item that this one goes on from; an ended one is none."""
    for other in known:
        if (
            other["subscription_item_id"] == row["subscription_item_id"]
            and other["status"] != "ended"
            and moment(other.get("valid_to")) == instant(row["valid_from"])
        ):
            return other
    return None


def paid_until(row: Row, of_item: Sequence[Row]) -> datetime:
    """The end of the billing period that the end lies in; periods count from the first paid day."""
    first = row
    while (
        (earlier_row := before(first, of_item)) is not None
        and earlier_row["status"] != "trialing"
        and all(
            str(earlier_row[name]) == str(first[name])
            for name in ("interval_unit", "interval_count")
        )
    ):
        first = earlier_row
    anchor, end = instant(first["valid_from"]).date(), instant(row["valid_to"])
    count, periods = int(str(row["interval_count"])), 0
    boundary = anchor
    while boundary < end.date():
        periods += 1
        boundary = shifted(anchor, str(row["interval_unit"]), periods * count)
    resumed = [
        instant(r["valid_from"])
        for r in of_item
        if r["status"] != "ended" and instant(r["valid_from"]) > end
    ]
    return min([max(end, midnight(boundary)), *resumed])


def shifted(day: date, unit: str, count: int) -> date:
    """The same day so many units later; in a shorter month its last day."""
    if unit in ("day", "week"):
        return day + timedelta(days=count * (7 if unit == "week" else 1))
    months = day.year * 12 + day.month - 1 + count * (12 if unit == "year" else 1)
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@dataclass(frozen=True)
class Returned:
    """The share of what a subscription was billed that was paid back, and until when it counts."""

    subscription: str
    start: datetime
    end: datetime
    share: Fraction


def refunds(rows: Rows, cut: datetime) -> list[Returned]:
    """Refunds of invoices of subscriptions, without tax; no invoice is paid back more than whole."""
    invoices = {row["invoice_id"]: row for row in rows.get("invoices", ())}
    spent: dict[object, Fraction] = {}
    found = []
    for row in sorted(
        rows.get("refunds", ()), key=lambda r: (instant(r["refunded_at"]), str(r["refund_id"]))
    ):
        invoice = invoices.get(row.get("invoice_id"))
        at = instant(row["refunded_at"])
        if invoice is None or at >= cut:
            continue
        start, end = moment(invoice.get("period_start")), moment(invoice.get("period_end"))
        billed = number(invoice["total"]) - number(invoice.get("tax"))
        if not text(invoice.get("subscription_id")) or end is None or at >= end or billed <= 0:
            continue
        already = spent.get(invoice["invoice_id"], Fraction(0))
        amount = min(number(row["amount"]), billed - already)
        spent[invoice["invoice_id"]] = already + amount
        share = amount / billed
        begins = max(at, start) if start else at
        found.append(Returned(str(invoice["subscription_id"]), begins, end, share))
    return found


def less_refunds(span: Span, returned: Sequence[Returned], cut: datetime) -> list[Span]:
    """The span in parts, each with its share of the MRR left."""
    of_span = [r for r in returned if r.subscription == span.row["subscription_id"]]
    last = span.end or cut
    inner = {at for r in of_span for at in (r.start, r.end) if span.start < at < last}
    starts = [span.start, *sorted(inner)]
    parts = []
    for start, end in zip(starts, [*starts[1:], span.end], strict=True):
        share = sum((r.share for r in of_span if r.start <= start < r.end), Fraction(0))
        left = span.mrr * (1 - min(share, Fraction(1)))
        parts.append(replace(span, start=start, end=end, mrr=left))
    return parts
