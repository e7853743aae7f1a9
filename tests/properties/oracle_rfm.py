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


def score(worse: int, everyone: int) -> int:
    """1..5 from how many are strictly worse; equal values share it by construction."""
    return 1 + (5 * worse) // everyone


def rfm_scores(measures: Mapping[str, tuple[int, int, Decimal]]) -> dict[str, Scores]:
    """(recency days, frequency, monetary) of each buyer -> scores among all of them."""
    found = {}
    for customer, (recency, frequency, monetary) in measures.items():
        others = measures.values()
        found[customer] = Scores(
            recency,
            frequency,
            monetary,
            r=score(sum(other[0] > recency for other in others), len(measures)),
            f=score(sum(other[1] < frequency for other in others), len(measures)),
            m=score(sum(other[2] < monetary for other in others), len(measures)),
        )
    return found


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
    """Scores of everybody who had bought before the cut-off."""
    measures = {}
    for customer, orders in shop.by_customer().items():
        before = [order for order in orders if order.day < cut]
        if before:
            measures[customer] = (
                (min(cut, shop.policies.as_of.date()) - before[-1].day).days,
                len(before),
                sum((order.net_revenue for order in before), Decimal(0)),
            )
    return rfm_scores(measures)


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
