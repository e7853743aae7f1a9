"""Spans of items -> the state of every customer at every month end, movements, the waterfall.

Slow and plain, written from the specification. Instants are naive UTC and are compared as such;
only months are local. Money is a Fraction until it is shown: then four decimals, half up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from tests.properties.oracle_calendar import midnight, next_period, period_start, to_local, to_utc
from tests.properties.oracle_customers import text
from tests.properties.oracle_mrr_spans import (
    Policies,
    Rows,
    Span,
    instant,
    money,
    number,
    read_spans,
)

MOVEMENTS = ("new", "reactivation", "expansion", "contraction", "churn")


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


# -- reading -------------------------------------------------------------------------------------


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
        prior, seen, opening, plan = State(), False, start, None
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


# -- reasons -------------------------------------------------------------------------------------

TERMS = ("discount_percent", "discount_amount", "discount_duration")
PRICE = ("unit_amount", "interval_unit", "interval_count")


def reason(book: Book, cell: CustomerMonth, opening: datetime) -> tuple[bool, str | None]:
    """Why the cell moved, and whether that is beyond doubt: one item changed once, in one way."""
    spans = book.spans[cell.customer, cell.currency]
    moments = [at for at in changes(spans, book.close(cell.month)) if at >= opening]
    if len(moments) != 1 or cell.movement is None:
        return False, None
    at = moments[0]
    touched = [
        pair
        for item in {span.item for span in spans}
        if worth((pair := states_of(spans, item, at))[0]) != worth(pair[1])
    ]
    if len(touched) != 1:
        return False, None
    found = item_reason(*touched[0])
    if cell.movement == "churn":
        return found is not None, "cancel" if found == "drop_item" else found
    if cell.movement in ("new", "reactivation"):
        returns = found if found == "resume" and cell.movement == "reactivation" else None
        return found is not None, returns
    return found is not None, found


def states_of(spans: Sequence[Span], item: str, at: datetime) -> tuple[Span | None, Span | None]:
    """The item just before the instant, and at it."""
    of_item = [span for span in spans if span.item == item]
    old = next((span for span in of_item if span.holds_before(at)), None)
    return old, next((span for span in of_item if span.holds_at(at)), None)


def worth(span: Span | None) -> tuple[Fraction, bool]:
    return (span.mrr, span.is_subscribed) if span else (Fraction(0), False)


def item_reason(old: Span | None, new: Span | None) -> str | None:
    """None when several things changed at once."""
    if old is None or old.status == "ended":
        return "add_item"
    if new is None or new.status == "ended":
        said = (new.end_type if new else None) or old.end_type
        is_unpaid = said == "involuntary" or (said is None and old.status == "past_due")
        return "payment_failure" if is_unpaid else "drop_item"
    if old.status != new.status and 0 in (old.mrr, new.mrr):
        if new.mrr == 0 and new.status in ("paused", "past_due"):
            return "pause" if new.status == "paused" else "payment_failure"
        if old.mrr == 0 and old.status in ("paused", "past_due") and new.status == "active":
            return "resume"
        if new.status == "free" and old.mrr > 0:
            return "free"
        return None
    differs = [
        name
        for name, columns in {
            "plan": ("plan_id",),
            "quantity": ("quantity",),
            "discount": TERMS,
            "price": PRICE,
        }.items()
        if any(str(old.row.get(c)) != str(new.row.get(c)) for c in columns)
    ]
    if len(differs) != 1 or number(new.row["unit_amount"]) * number(new.row["quantity"]) == 0:
        return None
    if differs == ["plan"]:
        return "downgrade" if new.mrr < old.mrr else "upgrade"
    return differs[0]
