"""RFM scores and lifecycle stages, customer against customer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from tests.properties.oracle_calendar import midnight, period_start
from tests.properties.oracle_orders import Shop

GRID = {
    5: ("New Customers", "Potential Loyalists", "Potential Loyalists", "Champions", "Champions"),
    4: (
        "Promising",
        "Potential Loyalists",
        "Potential Loyalists",
        "Loyal Customers",
        "Loyal Customers",
    ),
    3: ("About To Sleep", "About To Sleep", "Need Attention", "Loyal Customers", "Loyal Customers"),
    2: ("Hibernating", "Hibernating", "At Risk", "At Risk", "Cannot Lose Them"),
    1: ("Lost", "Hibernating", "At Risk", "At Risk", "Cannot Lose Them"),
}


@dataclass(frozen=True)
class Scores:
    """One buyer at one cut-off."""

    recency_days: int
    frequency: int
    monetary: Decimal
    r: int
    f: int
    m: int

    @property
    def fm(self) -> int:
        return (self.f + self.m) // 2

    @property
    def segment(self) -> str:
        return GRID[self.r][self.fm - 1]


def min_rank(worse: Mapping[str, int]) -> dict[str, int]:
    """1..5 from how many are strictly worse; equal values share it by construction."""
    return {name: 1 + (5 * count) // len(worse) for name, count in worse.items()}


def ntile(worse: Mapping[str, int]) -> dict[str, int]:
    """Five groups as equal as can be, the larger ones first; ties are cut by customer id."""
    ordered = sorted(worse, key=lambda name: (worse[name], name))
    small, larger = divmod(len(ordered), 5)
    marks = [mark for mark in range(1, 6) for _ in range(small + 1 if mark <= larger else small)]
    return dict(zip(ordered, marks, strict=True))


METHODS = {"min_rank": min_rank, "ntile": ntile}


def rfm_scores(
    measures: Mapping[str, tuple[int, int, Decimal]], method: str = "min_rank"
) -> dict[str, Scores]:
    """(recency days, frequency, monetary) of each buyer -> scores among all of them."""
    others = list(measures.values())
    to_scores = METHODS[method]
    r = to_scores({n: sum(o[0] > mine[0] for o in others) for n, mine in measures.items()})
    f = to_scores({n: sum(o[1] < mine[1] for o in others) for n, mine in measures.items()})
    m = to_scores({n: sum(o[2] < mine[2] for o in others) for n, mine in measures.items()})
    return {name: Scores(*measures[name], r[name], f[name], m[name]) for name in measures}


def snapshots(shop: Shop) -> dict[date, date]:
    """Snapshot month -> its exclusive cut-off: the month's end, or as_of in the current one."""
    as_of = shop.policies.as_of.date()
    is_midnight = shop.policies.as_of == midnight(as_of)
    cut = as_of if is_midnight else as_of + timedelta(days=1)
    month = period_start("month", cut - timedelta(days=1))
    found = {}
    for _ in range(shop.policies.rfm_snapshot_months):
        found[month] = cut
        cut, month = month, period_start("month", month - timedelta(days=1))
    return found


def rfm_at(shop: Shop, cut: date) -> dict[str, Scores]:
    """Scores of everybody who had bought before the cut-off; a window limits what is added up."""
    window = shop.policies.rfm_window_days
    snapshot = min(cut, shop.policies.as_of.date())
    since = date.min if window is None else snapshot - timedelta(days=window)
    measures = {}
    for customer, orders in shop.by_customer().items():
        before = [order for order in orders if order.day < cut]
        counted = [order for order in before if order.day >= since]
        if before:
            measures[customer] = (
                (snapshot - before[-1].day).days,
                len(counted),
                sum((order.net_revenue for order in counted), Decimal(0)),
            )
    return rfm_scores(measures, shop.policies.rfm_method)


def lifecycle_stage(first: int, recency: int, orders: int) -> str:
    """The stage of a buyer; days since the first and the last order."""
    if orders == 1 and first <= 30:
        return "onboarding"
    for limit, stage in ((60, "active"), (180, "at_risk"), (365, "lapsed")):
        if recency <= limit:
            return stage
    return "lost"


def lifecycle(shop: Shop) -> dict[str, tuple[str, int | None]]:
    """Customer -> (stage, recency days) at as_of; without orders a prospect."""
    as_of = shop.policies.as_of.date()
    found: dict[str, tuple[str, int | None]] = dict.fromkeys(shop.customers, ("prospect", None))
    for customer, orders in shop.by_customer().items():
        recency = (as_of - orders[-1].day).days
        first = (as_of - orders[0].day).days
        found[customer] = (lifecycle_stage(first, recency, len(orders)), recency)
    return found
