"""Rates over the states of oracle_mrr: revenue retention, logo churn, cohorts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from tests.properties.oracle_calendar import midnight, next_period, period_start
from tests.properties.oracle_mrr import (
    Book,
    CustomerMonth,
    State,
    Waterfall,
    customer_months,
    month_rate,
    state_at,
    turns,
    waterfall,
    with_policies,
)
from tests.properties.oracle_mrr_spans import money


def divide(above: object, below: object) -> Fraction | None:
    """None when there is no base."""
    base = Fraction(str(below))
    return Fraction(str(above)) / base if base else None


def minus(one: object, other: Fraction | None) -> Fraction | None:
    return None if other is None else Fraction(str(one)) - other


@dataclass(frozen=True)
class Retention:
    """Net and gross revenue retention of one month and window."""

    base: Decimal
    current: Decimal
    capped: Decimal
    nrr: Fraction | None
    grr: Fraction | None
    net_churn_with_reactivation: Fraction | None = None

    @property
    def net_churn(self) -> Fraction | None:
        return minus(1, self.nrr)

    @property
    def gross_churn(self) -> Fraction | None:
        return minus(1, self.grr)


def one_month(line: Waterfall) -> Retention:
    """From the buckets of one month's waterfall."""
    lost = line.buckets["contraction"] + line.buckets["churn"]
    kept = line.opening - lost
    grown = kept + line.buckets["expansion"]
    return Retention(
        base=line.opening,
        current=grown,
        capped=kept,
        nrr=divide(grown, line.opening),
        grr=divide(kept, line.opening),
        net_churn_with_reactivation=minus(
            1, divide(grown + line.buckets["reactivation"], line.opening)
        ),
    )


def quick_ratio(line: Waterfall) -> Fraction | None:
    gained = line.buckets["new"] + line.buckets["reactivation"] + line.buckets["expansion"]
    return divide(gained, line.buckets["contraction"] + line.buckets["churn"])


def months_back(month: date, count: int) -> date:
    for _ in range(count):
        month = period_start("month", date.fromordinal(month.toordinal() - 1))
    return month


def over_months(cells: Sequence[CustomerMonth], month: date, window: int) -> Retention | None:
    """The customers who paid `window` months ago, then and now; None before history reaches."""
    then = {
        cell.customer: cell.state.mrr
        for cell in cells
        if cell.month == months_back(month, window) and cell.state.mrr > 0
    }
    now = {cell.customer: cell.state.mrr for cell in cells if cell.month == month}
    if months_back(month, window) < min(cell.month for cell in cells):
        return None
    base = sum(then.values(), Decimal(0))
    current = sum((now[customer] for customer in then), Decimal(0))
    capped = sum((min(now[customer], mrr) for customer, mrr in then.items()), Decimal(0))
    return Retention(base, current, capped, divide(current, base), divide(capped, base))


@dataclass
class Logos:
    """Subscribers of all currencies in one month."""

    opening: int = 0
    new: int = 0
    reactivated: int = 0
    churned: int = 0
    closing: int = 0
    is_complete: bool = True
    lost: list[str] = field(default_factory=list)
    subscribers: list[str] = field(default_factory=list)

    @property
    def churn_rate(self) -> Fraction | None:
        return divide(self.churned, self.opening)

    @property
    def retention_rate(self) -> Fraction | None:
        return minus(1, self.churn_rate)

    @property
    def stripe_rate(self) -> Fraction | None:
        return divide(self.churned, self.opening + self.new)

    @property
    def net_loss_rate(self) -> Fraction | None:
        return divide(self.opening - self.closing, self.opening)


def logos(book: Book) -> dict[date, Logos]:
    """Customers who subscribe in any currency at month end, against the month before."""
    cells = customer_months(book)
    subscribers: dict[date, set[str]] = {}
    for cell in cells:
        subscribers.setdefault(cell.month, set())
        if cell.state.is_sub:
            subscribers[cell.month].add(cell.customer)
    found: dict[date, Logos] = {}
    before: set[str] = set()
    ever: set[str] = set()
    for month in sorted(subscribers):
        now = subscribers[month]
        back = {who for who in (now - before) & ever if is_back_in_time(book, who, month)}
        found[month] = Logos(
            opening=len(before),
            new=len(now - before - back),
            reactivated=len(back),
            churned=len(before - now),
            closing=len(now),
            is_complete=book.is_complete(month),
            lost=sorted(before - now),
            subscribers=sorted(now),
        )
        before = now
        ever |= now
    return found


def is_back_in_time(book: Book, customer: str, month: date) -> bool:
    """The absence from all currencies that the month began with is not longer than the window."""
    of_customer = [spans for (who, _), spans in book.spans.items() if who == customer]
    instants = sorted({at for spans in of_customer for at, _ in turns(spans, book.close(month))})
    opening, was, left, back = book.close(months_back(month, 1)), False, None, None
    for at in instants:
        now = any(state_at(spans, at).is_sub for spans in of_customer)
        if was and not now and at < opening:
            left = at
        if now and not was and at >= opening and back is None:
            back = at
        was = now
    window = book.policies.reactivation_window_days
    if window is None or left is None or back is None:
        return True
    return (book.local(back).date() - book.local(left).date()).days <= window


@dataclass(frozen=True)
class Cohort:
    """Customers whose first MRR was in one month, k months later."""

    size: int
    active: int
    subscribed: int
    mrr: Decimal
    opening: Decimal
    capped: Decimal
    is_complete: bool

    @property
    def customer_retention(self) -> Fraction | None:
        return divide(self.active, self.size)

    @property
    def net(self) -> Fraction | None:
        return divide(self.mrr, self.opening)

    @property
    def gross(self) -> Fraction | None:
        return divide(self.capped, self.opening)


def cohorts(book: Book, currency: str) -> dict[tuple[date, int], Cohort]:
    """Cohort = first month that ends with MRR."""
    states: dict[str, dict[date, State]] = {}
    for cell in customer_months(book):
        if cell.currency == currency:
            states.setdefault(cell.customer, {})[cell.month] = cell.state
    members: dict[date, list[str]] = {}
    for customer, by_month in states.items():
        months = [month for month, state in sorted(by_month.items()) if state.mrr > 0]
        if months:
            members.setdefault(months[0], []).append(customer)
    found = {}
    for start, customers in members.items():
        month, number = start, 0
        while midnight(month) < book.policies.as_of:
            now = [states[customer][month].mrr for customer in customers]
            then = [states[customer][start].mrr for customer in customers]
            found[start, number] = Cohort(
                size=len(customers),
                active=sum(mrr > 0 for mrr in now),
                subscribed=sum(states[customer][month].is_sub for customer in customers),
                mrr=sum(now, Decimal(0)),
                opening=sum(then, Decimal(0)),
                capped=sum(map(min, now, then), Decimal(0)),
                is_complete=book.is_complete(month),
            )
            month, number = next_period("month", month), number + 1
    return found


def reported_over_months(
    book: Book, by_currency: Mapping[str, Sequence[CustomerMonth]], month: date, window: int
) -> Retention:
    """All currencies, then and now at the rate of the base month."""
    base_month = months_back(month, window)
    sums = [Fraction(0), Fraction(0), Fraction(0)]
    for currency, cells in by_currency.items():
        if not any(cell.month == base_month for cell in cells):
            continue
        if window == 1:
            found = one_month(
                waterfall(with_policies(book, intra_month_policy="net"), currency)[month]
            )
        else:
            over = over_months(cells, month, window)
            assert over is not None
            found = over
        rate = month_rate(book, currency, base_month)
        assert rate is not None
        for place, amount in enumerate((found.base, found.current, found.capped)):
            sums[place] += Fraction(amount) * rate
    base, current, capped = (money(amount) for amount in sums)
    return Retention(base, current, capped, divide(sums[1], sums[0]), divide(sums[2], sums[0]))
