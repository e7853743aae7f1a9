"""Cohort retention, brackets and revenue, one customer and one cell at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from tests.properties.oracle_calendar import (
    ELAPSED_LENGTH,
    add_periods,
    midnight,
    next_period,
    period_start,
    periods_between,
    to_local,
    to_utc,
)
from tests.properties.oracle_orders import Order, Shop


@dataclass(frozen=True)
class Cell:
    """One cohort in one period (or bracket) of its life.

    `eligible` members have lived through it. On the calendar clock all members share their
    periods, so all count as eligible and only is_complete says whether the period is over.
    """

    size: int
    eligible: int
    retained: int
    rolling: int
    retained_eligible: int
    rolling_eligible: int
    is_complete: bool

    @property
    def rate(self) -> Fraction | None:
        return Fraction(self.retained_eligible, self.eligible) if self.is_complete else None

    @property
    def rolling_rate(self) -> Fraction | None:
        return Fraction(self.rolling_eligible, self.eligible) if self.is_complete else None


@dataclass(frozen=True)
class Revenue:
    """What a month's cohort brought in one month of its life."""

    size: int
    orders: int
    net: Decimal
    cumulative_net: Decimal

    @property
    def cumulative_ltv(self) -> Fraction:
        return Fraction(self.cumulative_net) / self.size


@dataclass(frozen=True)
class Member:
    """A customer, the instant that put them into their cohort, and their valid orders."""

    started_at: datetime
    started_on: date
    orders: Sequence[Order]


def members_of(shop: Shop) -> list[Member]:
    """Buyers from their first order on, or everybody from the day they became known."""
    found = shop.by_customer()
    if shop.policies.cohort_anchor == "first_order":
        return [Member(orders[0].ordered_at, orders[0].day, orders) for orders in found.values()]
    zone = shop.policies.reporting_timezone
    started = {name: shop.known_since[name] for name in shop.customers}
    return [Member(at, to_local(at, zone).date(), found.get(n, [])) for n, at in started.items()]


def cohorts_of(shop: Shop, grain: str) -> dict[date, list[Member]]:
    """Cohort start -> its members."""
    found: dict[date, list[Member]] = {}
    for member in members_of(shop):
        found.setdefault(period_start(grain, member.started_on), []).append(member)
    return found


def index_of(shop: Shop, grain: str, member: Member, order: Order) -> int:
    """Which period of the customer's life the order falls in; below 0 before it began."""
    if shop.policies.retention_clock == "elapsed":
        return (order.ordered_at - member.started_at) // ELAPSED_LENGTH[grain]
    start, now = period_start(grain, member.started_on), period_start(grain, order.day)
    return periods_between(grain, start, now) - periods_between(grain, now, start)


def is_over(shop: Shop, grain: str, member: Member, index: int) -> bool:
    """Whether the customer's index-th period ended by as_of."""
    as_of = shop.policies.as_of
    if shop.policies.retention_clock == "elapsed":
        end = member.started_at + (index + 1) * ELAPSED_LENGTH[grain]
        return end <= to_utc(as_of, shop.policies.reporting_timezone)
    start = add_periods(grain, period_start(grain, member.started_on), index)
    return midnight(next_period(grain, start)) <= as_of


def has_begun(shop: Shop, grain: str, start: date, members: Sequence[Member], index: int) -> bool:
    """Whether somebody's index-th period began before as_of."""
    as_of = shop.policies.as_of
    if shop.policies.retention_clock == "elapsed":
        begin = min(member.started_at for member in members) + index * ELAPSED_LENGTH[grain]
        return begin < to_utc(as_of, shop.policies.reporting_timezone)
    return midnight(add_periods(grain, start, index)) < as_of


def cell_of(shop: Shop, grain: str, members: Sequence[Member], first: int, last: int) -> Cell:
    """Members active in periods first..last of their life, or in any from `first` on."""
    lived = [is_over(shop, grain, member, last) for member in members]
    is_calendar = shop.policies.retention_clock == "calendar"
    lives = [[index_of(shop, grain, one, order) for order in one.orders] for one in members]
    retained = [any(first <= index <= last for index in life) for life in lives]
    rolling = [any(index >= first for index in life) for life in lives]
    counted = [is_calendar or over for over in lived]
    return Cell(
        size=len(members),
        eligible=sum(counted),
        retained=sum(retained),
        rolling=sum(rolling),
        retained_eligible=sum(map(min, retained, counted)),
        rolling_eligible=sum(map(min, rolling, counted)),
        is_complete=all(lived),
    )


def cohort_retention(shop: Shop, grain: str) -> dict[tuple[date, int], Cell]:
    """Cells for every period that has begun by as_of, up to the grain's last one."""
    cells = {}
    for start, members in cohorts_of(shop, grain).items():
        for index in range(shop.policies.cohort_max_periods[grain] + 1):
            if not has_begun(shop, grain, start, members, index):
                break
            cells[start, index] = cell_of(shop, grain, members, index, index)
    return cells


def cohort_brackets(shop: Shop, grain: str) -> dict[tuple[date, int, int], Cell]:
    """Cells for every bracket that has begun by as_of."""
    cells = {}
    for start, members in cohorts_of(shop, grain).items():
        for first, last in shop.policies.cohort_brackets[grain]:
            if has_begun(shop, grain, start, members, first):
                cells[start, first, last] = cell_of(shop, grain, members, first, last)
    return cells


def cohort_revenue(shop: Shop) -> dict[tuple[date, int], Revenue]:
    """Months from the cohort's own to as_of without an upper limit, empty ones included."""
    cells = {}
    for start, members in cohorts_of(shop, "month").items():
        index, cumulative = 0, Decimal(0)
        while has_begun(shop, "month", start, members, index):
            orders = [
                order
                for member in members
                for order in member.orders
                if index_of(shop, "month", member, order) == index
            ]
            net = sum((order.net_revenue for order in orders), Decimal(0))
            cumulative += net
            cells[start, index] = Revenue(len(members), len(orders), net, cumulative)
            index += 1
    return cells
