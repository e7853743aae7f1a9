"""Subscription intervals -> MRR, the state of every customer at every month end, movements.

Slow and plain, written from the specification. Instants are naive UTC and are compared as such;
only months are local. Money is a Fraction until it is shown: then four decimals, half up.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from tests.properties.oracle_calendar import (
    midnight,
    moment,
    next_period,
    period_start,
    to_local,
    to_utc,
)
from tests.properties.oracle_customers import Row, flag, resolve, text
from tests.properties.oracle_orders import barred_customers

Rows = Mapping[str, Sequence[Row]]
PER_MONTH = {
    "day": Fraction(365, 12),
    "week": Fraction(52, 12),
    "month": Fraction(1),
    "year": Fraction(1, 12),
}
MOVEMENTS = ("new", "reactivation", "expansion", "contraction", "churn")


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


@dataclass(frozen=True)
class State:
    """What one customer pays in one currency, and whether that makes a subscriber."""

    mrr: Decimal = Decimal(0)
    is_sub: bool = False


@dataclass(frozen=True)
class CustomerMonth:
    """One customer and currency at the end of one month, against the month before."""

    customer: str
    currency: str
    month: date
    state: State
    prior: State
    ever_sub_before: bool
    movement: str | None
    is_complete: bool
    plan: str | None = None

    @property
    def change(self) -> Decimal:
        return self.state.mrr - self.prior.mrr


@dataclass(frozen=True)
class Move:
    """One change of what a customer pays, at one instant."""

    customer: str
    currency: str
    at: datetime
    movement: str
    change: Decimal


@dataclass
class Waterfall:
    """One month of one currency; every bucket is an amount >= 0 except fx."""

    opening: Decimal = Decimal(0)
    closing: Decimal = Decimal(0)
    fx: Decimal = Decimal(0)
    buckets: dict[str, Decimal] = field(
        default_factory=lambda: dict.fromkeys(MOVEMENTS, Decimal(0))
    )
    paying: int = 0
    is_complete: bool = True

    @property
    def explained(self) -> Decimal:
        """What the closing must be."""
        gained = self.buckets["new"] + self.buckets["reactivation"] + self.buckets["expansion"]
        return self.opening + gained - self.buckets["contraction"] - self.buckets["churn"] + self.fx


@dataclass(frozen=True)
class Book:
    """Everything known at as_of."""

    policies: Policies
    spans: Mapping[tuple[str, str], Sequence[Span]]
    rates: Mapping[str, Sequence[tuple[date, Fraction]]]

    @property
    def cut(self) -> datetime:
        return to_utc(self.policies.as_of, self.policies.reporting_timezone)

    def local(self, instant: datetime) -> datetime:
        return to_local(instant, self.policies.reporting_timezone)

    def month_of(self, instant: datetime) -> date:
        return period_start("month", self.local(instant).date())

    def close(self, month: date) -> datetime:
        """The instant just before which the month's closing state holds."""
        end = to_utc(midnight(next_period("month", month)), self.policies.reporting_timezone)
        return min(end, self.cut)

    def months_from(self, first: date) -> Iterator[date]:
        """From this month to the one that as_of ends or cuts."""
        while midnight(first) < self.policies.as_of:
            yield first
            first = next_period("month", first)

    def is_complete(self, month: date) -> bool:
        return midnight(next_period("month", month)) <= self.policies.as_of


# -- intervals -----------------------------------------------------------------------------------


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


def read_rates(rows: Rows, policies: Policies) -> dict[str, list[tuple[date, Fraction]]]:
    """Rates into the reporting currency, by day."""
    found: dict[str, list[tuple[date, Fraction]]] = {}
    for row in rows.get("fx_rates", ()):
        if row["to_currency"] == policies.reporting_currency:
            day = instant(row["rate_date"]).date()
            found.setdefault(str(row["from_currency"]), []).append((day, number(row["rate"])))
    return {currency: sorted(rates) for currency, rates in found.items()}


def read_book(rows: Rows, variables: Mapping[str, object]) -> Book:
    policies = Policies.of(variables)
    return Book(policies, read_spans(rows, policies), read_rates(rows, policies))


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


# -- states and movements ------------------------------------------------------------------------


def state_of(live: Sequence[Span], *, has_paid: bool) -> State:
    mrr = money(sum((span.mrr for span in live), Fraction(0)))
    return State(mrr, has_paid and any(span.is_subscribed for span in live))


def state_before(spans: Sequence[Span], instant: datetime) -> State:
    """At the last moment before the instant."""
    has_paid = any(span.mrr > 0 and span.start < instant for span in spans)
    return state_of([span for span in spans if span.holds_before(instant)], has_paid=has_paid)


def state_at(spans: Sequence[Span], instant: datetime) -> State:
    """At the instant itself, with everything that happens at it."""
    has_paid = any(span.mrr > 0 and span.start <= instant for span in spans)
    return state_of([span for span in spans if span.holds_at(instant)], has_paid=has_paid)


def movement(state: State, prior: State, *, is_known: bool) -> str | None:
    """The case of the specification, in its order."""
    if state.is_sub and not prior.is_sub:
        return "reactivation" if is_known else "new"
    if prior.is_sub and not state.is_sub:
        return "churn"
    if state.mrr > prior.mrr:
        return "expansion"
    if state.mrr < prior.mrr:
        return "contraction"
    return None


def first_paid(spans: Sequence[Span]) -> datetime | None:
    return min((span.start for span in spans if span.mrr > 0), default=None)


def customer_months(book: Book) -> list[CustomerMonth]:
    """Every customer and currency, every month from the first with MRR to as_of."""
    found = []
    for (customer, currency), spans in book.spans.items():
        start = first_paid(spans)
        if start is None:
            continue
        prior, seen, opening, plan = State(), False, datetime.min, None
        for month in book.months_from(book.month_of(start)):
            close = book.close(month)
            state = state_before(spans, close)
            is_known = seen and not is_too_late(book, spans, opening, close)
            plan = main_plan(spans, close) or plan
            found.append(
                CustomerMonth(
                    customer,
                    currency,
                    month,
                    state,
                    prior,
                    ever_sub_before=seen,
                    movement=movement(state, prior, is_known=is_known),
                    is_complete=book.is_complete(month),
                    plan=plan,
                )
            )
            seen = seen or state.is_sub
            prior, opening = state, close
    return found


def main_plan(spans: Sequence[Span], close: datetime) -> str | None:
    """Plan of the item with the largest MRR that makes a subscriber at the close."""
    live = [
        span
        for span in spans
        if span.holds_before(close) and span.is_subscribed and text(span.row.get("plan_id"))
    ]
    best = min(live, key=lambda span: (-span.mrr, span.item), default=None)
    return text(best.row.get("plan_id")) if best else None


def is_too_late(book: Book, spans: Sequence[Span], opening: datetime, close: datetime) -> bool:
    """Whether the absence that the time from opening to close began with was longer than the window.

    Whoever leaves and comes back once more before the close was not away any longer for that.
    """
    window = book.policies.reactivation_window_days
    lost = [at for at, is_sub in turns(spans, opening) if not is_sub]
    back = [at for at, is_sub in turns(spans, close) if is_sub and at >= opening]
    if window is None or not lost or not back:
        return False
    return (book.local(back[0]).date() - book.local(lost[-1]).date()).days > window


def turns(spans: Sequence[Span], before: datetime) -> list[tuple[datetime, bool]]:
    """Every instant at which the customer becomes a subscriber (true) or stops being one."""
    found, was = [], False
    for at in boundaries(spans, before):
        now = state_at(spans, at).is_sub
        if now != was:
            found.append((at, now))
        was = now
    return found


def changes(spans: Sequence[Span], before: datetime) -> list[datetime]:
    """Instants at which what the customer pays, or whether that makes a subscriber, changes."""
    found, was = [], State()
    for at in boundaries(spans, before):
        now = state_at(spans, at)
        if now != was:
            found.append(at)
        was = now
    return found


def boundaries(spans: Sequence[Span], cut: datetime) -> list[datetime]:
    """Every instant before the cut at which something starts or ends."""
    instants = {span.start for span in spans} | {span.end for span in spans if span.end}
    return sorted(at for at in instants if at < cut)


def collapsed(book: Book, instants: Sequence[datetime]) -> Iterator[list[datetime]]:
    """Instants of one month, each within the window of the one before, make one change."""
    window = timedelta(minutes=book.policies.movement_collapse_minutes)
    group: list[datetime] = []
    for at in instants:
        if group and (at - group[-1] > window or book.month_of(at) != book.month_of(group[-1])):
            yield group
            group = []
        group.append(at)
    if group:
        yield group


def moves(book: Book) -> list[Move]:
    """The ledger: zero nets are left out, but not a subscriber without MRR who comes or goes."""
    found = []
    for (customer, currency), spans in book.spans.items():
        prior, seen = State(), False
        for group in collapsed(book, changes(spans, book.cut)):
            state = state_at(spans, group[-1])
            after = group[-1] + timedelta(microseconds=1)
            is_known = seen and not is_too_late(book, spans, group[0], after)
            kind = movement(state, prior, is_known=is_known)
            if kind is not None:
                found.append(Move(customer, currency, group[-1], kind, state.mrr - prior.mrr))
            seen = seen or state.is_sub
            prior = state
    return found


# -- waterfall -----------------------------------------------------------------------------------


def waterfall(book: Book, currency: str) -> dict[date, Waterfall]:
    """Every month from the first of the currency, in the currency itself."""
    found: dict[date, Waterfall] = {}
    cells = [cell for cell in customer_months(book) if cell.currency == currency]
    first = min((cell.month for cell in cells), default=None)
    if first is None:
        return {}
    for month in book.months_from(first):
        line = found[month] = Waterfall(is_complete=book.is_complete(month))
        for cell in cells:
            if cell.month == month:
                line.opening += cell.prior.mrr
                line.closing += cell.state.mrr
                line.paying += cell.state.mrr > 0
                if cell.movement and book.policies.intra_month_policy == "net":
                    line.buckets[cell.movement] += abs(cell.change)
    if book.policies.intra_month_policy == "gross":
        for move in moves(book):
            if move.currency == currency:
                found[book.month_of(move.at)].buckets[move.movement] += abs(move.change)
    return found


def rate_on(book: Book, currency: str, day: date) -> Fraction | None:
    """The last rate on or before the day."""
    if currency == book.policies.reporting_currency:
        return Fraction(1)
    before = [rate for known, rate in book.rates.get(currency, ()) if known <= day]
    return before[-1] if before else None


def month_rate(book: Book, currency: str, month: date) -> Fraction | None:
    """The rate that the month is reported at: of its last day, of the constant date, the first."""
    if book.policies.fx_policy == "constant":
        rates = book.rates.get(currency, ())
        first = min((day for day, _ in rates), default=book.policies.as_of.date())
        return rate_on(book, currency, book.policies.fx_constant_date or first)
    last = book.local(book.close(month) - timedelta(microseconds=1)).date()
    return rate_on(book, currency, last)


def waterfall_reported(book: Book) -> dict[date, dict[str, Fraction]]:
    """All currencies in the reporting currency: native changes at the month's rate, fx apart."""
    found: dict[date, dict[str, Fraction]] = {}
    names = ("opening", *MOVEMENTS, "fx", "closing")
    for currency in sorted({currency for _, currency in book.spans}):
        before: Fraction | None = None
        for month, line in waterfall(book, currency).items():
            rate = month_rate(book, currency, month)
            assert rate is not None
            before = rate if before is None else before
            sums = found.setdefault(month, dict.fromkeys(names, Fraction(0)))
            sums["opening"] += Fraction(line.opening) * before
            sums["closing"] += Fraction(line.closing) * rate
            sums["fx"] += Fraction(line.opening) * (rate - before)
            for name, amount in line.buckets.items():
                sums[name] += Fraction(amount) * rate
            before = rate
    return dict(sorted(found.items()))


def with_policies(book: Book, **changed: object) -> Book:
    """The same spans under other policies (of those that do not make spans)."""
    return replace(book, policies=replace(book.policies, **changed))  # type: ignore[arg-type]


def scheduled_churn(book: Book, currency: str, month: date) -> Fraction:
    """MRR at the month's end of items whose customer has asked to leave."""
    close = book.close(month)
    return sum(
        (
            span.mrr
            for (_, of), spans in book.spans.items()
            if of == currency
            for span in spans
            if span.holds_before(close) and span.asked is not None and span.asked < close
        ),
        Fraction(0),
    )


def end_types(spans: Sequence[Span], close: datetime) -> set[str | None]:
    """Why the items ended whose end made the customer no subscriber any more."""
    losses = [
        at
        for at in boundaries(spans, close)
        if state_before(spans, at).is_sub and not state_at(spans, at).is_sub
    ]
    ended = [span for span in spans if span.end == losses[-1] and span.is_subscribed]
    goes_on = {span.item for span in spans if span.start == losses[-1] and span.status != "ended"}
    return {None if span.item in goes_on else span.end_type for span in ended}


@dataclass(frozen=True)
class Day:
    """One currency at the end of one day."""

    closing: Decimal
    paying: int
    subscribers: int


def daily(book: Book, currency: str) -> dict[date, Day]:
    """Every day from the first with MRR to as_of."""
    of_currency = [spans for (_, of), spans in book.spans.items() if of == currency]
    starts = [start for spans in of_currency if (start := first_paid(spans)) is not None]
    found: dict[date, Day] = {}
    if not starts:
        return found
    day = book.local(min(starts)).date()
    while midnight(day) < book.policies.as_of:
        end = to_utc(midnight(day + timedelta(days=1)), book.policies.reporting_timezone)
        states = [state_before(spans, min(end, book.cut)) for spans in of_currency]
        found[day] = Day(
            closing=sum((state.mrr for state in states), Decimal(0)),
            paying=sum(state.mrr > 0 for state in states),
            subscribers=sum(state.is_sub for state in states),
        )
        day += timedelta(days=1)
    return found
