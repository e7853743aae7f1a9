"""Cohort retention, brackets and revenue, one customer and one cell at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from tests.properties.oracle_calendar import (
    ELAPSED_LENGTH,
    add_periods,
    midnight,
    next_period,
    period_start,
    periods_between,
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


def cohorts_of(shop: Shop, grain: str) -> dict[date, list[list[Order]]]:
    """Cohort start -> each member's valid orders."""
    found: dict[date, list[list[Order]]] = {}
    for orders in shop.by_customer().values():
        found.setdefault(period_start(grain, orders[0].day), []).append(orders)
    return found


def index_of(shop: Shop, grain: str, member: Sequence[Order], order: Order) -> int:
    """Which period of the customer's life the order falls in."""
    if shop.policies.retention_clock == "elapsed":
        return (order.ordered_at - member[0].ordered_at) // ELAPSED_LENGTH[grain]
    start = period_start(grain, member[0].day)
    return periods_between(grain, start, period_start(grain, order.day))


def is_over(shop: Shop, grain: str, member: Sequence[Order], index: int) -> bool:
    """Whether the customer's index-th period ended by as_of."""
    as_of = shop.policies.as_of
    if shop.policies.retention_clock == "elapsed":
        end = member[0].ordered_at + (index + 1) * ELAPSED_LENGTH[grain]
        return end <= to_utc(as_of, shop.policies.reporting_timezone)
    start = add_periods(grain, period_start(grain, member[0].day), index)
    return midnight(next_period(grain, start)) <= as_of


def has_begun(
    shop: Shop, grain: str, start: date, members: Sequence[Sequence[Order]], index: int
) -> bool:
    """Whether somebody's index-th period began before as_of."""
    as_of = shop.policies.as_of
    if shop.policies.retention_clock == "elapsed":
        first = min(member[0].ordered_at for member in members)
        begin = first + index * ELAPSED_LENGTH[grain]
        return begin < to_utc(as_of, shop.policies.reporting_timezone)
    return midnight(add_periods(grain, start, index)) < as_of


def cell_of(
    shop: Shop, grain: str, members: Sequence[Sequence[Order]], first: int, last: int
) -> Cell:
    """Members active in periods first..last of their life, or in any from `first` on."""
    lived = [is_over(shop, grain, member, last) for member in members]
    is_calendar = shop.policies.retention_clock == "calendar"
    lives = [[index_of(shop, grain, member, order) for order in member] for member in members]
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
    """Calendar months from the cohort's own to as_of, empty ones included."""
    cells = {}
    for start, members in cohorts_of(shop, "month").items():
        period, index, cumulative = start, 0, Decimal(0)
        while midnight(period) < shop.policies.as_of:
            orders = [o for m in members for o in m if period_start("month", o.day) == period]
            net = sum((order.net_revenue for order in orders), Decimal(0))
            cumulative += net
            cells[start, index] = Revenue(len(members), len(orders), net, cumulative)
            period, index = next_period("month", period), index + 1
    return cells
