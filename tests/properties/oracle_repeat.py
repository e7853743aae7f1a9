"""Repeat purchase: the ladder, the gaps, Kaplan-Meier, new against returning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from tests.properties.oracle_calendar import midnight, next_period, period_start
from tests.properties.oracle_orders import Order, Shop, sequence_key


@dataclass(frozen=True)
class Rung:
    """Customers who made their n-th order, and how many went on."""

    reached: int
    next: int
    mature: int
    next_within: int
    p_next_km: Fraction

    @property
    def p_next_raw(self) -> Fraction:
        return Fraction(self.next, self.reached)

    @property
    def p_next_window(self) -> Fraction | None:
        return Fraction(self.next_within, self.mature) if self.mature else None


@dataclass(frozen=True)
class Step:
    """One event time of a Kaplan-Meier curve."""

    time: int
    at_risk: int
    events: int
    survival: Fraction


@dataclass(frozen=True)
class Period:
    """One period's active customers and what they brought."""

    active: int
    new: int
    returning: int
    first_order_revenue: Decimal
    repeat_order_revenue: Decimal
    new_customer_revenue: Decimal
    returning_customer_revenue: Decimal
    first_orders: int
    repeat_orders: int
    guest_orders: int
    guest_revenue: Decimal
    retained: int
    lost: int
    is_complete: bool

    @property
    def revenue(self) -> Decimal:
        return self.first_order_revenue + self.repeat_order_revenue

    @property
    def repeat_order_revenue_share(self) -> Fraction | None:
        if self.revenue == 0:
            return None
        return Fraction(self.repeat_order_revenue) / Fraction(self.revenue)

    @property
    def repeat_vs_first_aov_uplift(self) -> Fraction | None:
        if not self.repeat_orders or self.first_order_revenue == 0:
            return None
        first = Fraction(self.first_order_revenue) / self.first_orders
        return Fraction(self.repeat_order_revenue) / self.repeat_orders / first - 1

    @property
    def returning_customer_rate(self) -> Fraction | None:
        return Fraction(self.returning, self.active) if self.active else None


def purchases(shop: Shop) -> dict[str, list[Order]]:
    """Each customer's orders; one a day when the policy says so."""
    found = shop.by_customer()
    if not shop.policies.collapse_same_day_orders:
        return found
    kept: dict[str, list[Order]] = {}
    for customer, orders in found.items():
        days = {order.day for order in orders}
        kept[customer] = [
            min((order for order in orders if order.day == day), key=sequence_key)
            for day in sorted(days)
        ]
    return kept


def follow_up(shop: Shop, number: int) -> list[tuple[int, bool]]:
    """For each n-th order: days to the next one, or days watched without one."""
    as_of_day = shop.policies.as_of.date()
    found = []
    for orders in purchases(shop).values():
        if len(orders) > number:
            found.append(((orders[number].day - orders[number - 1].day).days, True))
        elif len(orders) == number:
            found.append(((as_of_day - orders[number - 1].day).days, False))
    return found


def kaplan_meier(watched: Sequence[tuple[int, bool]]) -> list[Step]:
    """Product-limit curve; who is censored on an event's day is still at risk that day."""
    survival, steps = Fraction(1), []
    for time in sorted({time for time, happened in watched if happened}):
        at_risk = sum(1 for other, _ in watched if other >= time)
        events = sum(1 for other, happened in watched if happened and other == time)
        survival *= 1 - Fraction(events, at_risk)
        steps.append(Step(time, at_risk, events, survival))
    return steps


def survival_at(watched: Sequence[tuple[int, bool]], time: int) -> Fraction:
    """The curve's value on a day: the last step up to it."""
    value = Fraction(1)
    for step in kaplan_meier(watched):
        if step.time <= time:
            value = step.survival
    return value


def ladder(shop: Shop) -> dict[tuple[int, int], Rung]:
    """(order number, window) -> rung, for every number that somebody reached."""
    everyone = list(purchases(shop).values())
    highest = max((len(orders) for orders in everyone), default=0)
    rungs = {}
    for number in range(1, highest + 1):
        reached = [orders for orders in everyone if len(orders) >= number]
        watched = follow_up(shop, number)
        for window in shop.policies.repeat_windows:
            mature = [orders for orders in reached if is_mature(shop, orders[number - 1], window)]
            rungs[number, window] = Rung(
                reached=len(reached),
                next=sum(len(orders) > number for orders in reached),
                mature=len(mature),
                next_within=sum(
                    len(orders) > number
                    and (orders[number].day - orders[number - 1].day).days <= window
                    for orders in mature
                ),
                p_next_km=1 - survival_at(watched, window),
            )
    return rungs


def is_mature(shop: Shop, order: Order, window: int) -> bool:
    """The window after the order was over at as_of."""
    return order.ordered_at_local + timedelta(days=window) <= shop.policies.as_of


def gaps(shop: Shop) -> dict[int, list[int]]:
    """Number of the order that ends the gap -> days between it and the one before."""
    found: dict[int, list[int]] = {}
    for orders in purchases(shop).values():
        for number in range(2, len(orders) + 1):
            days = (orders[number - 1].day - orders[number - 2].day).days
            found.setdefault(number, []).append(days)
    return found


def percentile(values: Sequence[int], share: Fraction) -> Fraction:
    """Linear interpolation between the two nearest ranks."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def new_vs_returning(shop: Shop, grain: str) -> dict[date, Period]:
    """Every period from the shop's first valid order to as_of, empty ones included."""
    customers = shop.by_customer()
    days = [order.day for order in shop.orders]
    if not days:
        return {}
    found, start = {}, period_start(grain, min(days))
    while midnight(start) < shop.policies.as_of:
        found[start] = one_period(shop, customers, grain, start)
        start = next_period(grain, start)
    return found


def one_period(
    shop: Shop, customers: Mapping[str, Sequence[Order]], grain: str, start: date
) -> Period:
    """Customers with an order inside the period, split by where their first order lies."""
    end = next_period(grain, start)
    active = {
        name: [order for order in orders if start <= order.day < end]
        for name, orders in customers.items()
    }
    active = {name: orders for name, orders in active.items() if orders}
    before = {
        name
        for name, orders in customers.items()
        if any(
            order.day < start and next_period(grain, period_start(grain, order.day)) == start
            for order in orders
        )
    }
    guests = [one for one in shop.orders if one.customer_id is None and start <= one.day < end]
    new = {name for name in active if start <= customers[name][0].day < end}
    orders = [order for mine in active.values() for order in mine]
    firsts = [order for order in orders if order.number == 1]
    repeats = [order for order in orders if order.number != 1]
    return Period(
        active=len(active),
        new=len(new),
        returning=len(active) - len(new),
        first_order_revenue=total(firsts),
        repeat_order_revenue=total(repeats),
        new_customer_revenue=total([o for name in new for o in active[name]]),
        returning_customer_revenue=total([o for n in active if n not in new for o in active[n]]),
        first_orders=len(firsts),
        repeat_orders=len(repeats),
        guest_orders=len(guests),
        guest_revenue=total(guests),
        retained=len(before & active.keys()),
        lost=len(before - active.keys()),
        is_complete=midnight(end) <= shop.policies.as_of,
    )


def total(orders: Sequence[Order]) -> Decimal:
    return sum((order.net_revenue for order in orders), Decimal(0))
