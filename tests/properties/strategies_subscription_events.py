"""Random lives of subscription items, told as events that may follow each other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from hypothesis import strategies as st

from tests.properties.oracle_calendar import moment, to_utc
from tests.properties.strategies import Case
from tests.properties.strategies_mrr import CUT_OFFS, DISCOUNTS, END_TYPES, PRICES, instants, pools

MAY_FOLLOW = {  # status: the events that may come next
    None: ("start", "start", "trial_start"),
    "trialing": ("start", "start", "end"),
    "active": ("change", "change", "pause", "past_due", "end"),
    "paused": ("resume", "resume", "change", "end"),
    "past_due": ("recover", "end", "pause"),
}
STATUS = {
    "start": "active",
    "trial_start": "trialing",
    "pause": "paused",
    "resume": "active",
    "past_due": "past_due",
    "recover": "active",
    "end": None,
}


@st.composite
def lives(
    draw: st.DrawFn, customer: str, item: str, pool: Sequence[datetime]
) -> list[dict[str, object]]:
    """One event at each of some instants; an item may start again after its end."""
    chosen = draw(st.lists(st.sampled_from(pool), min_size=1, max_size=6, unique=True))
    status: str | None = None
    found: list[dict[str, object]] = []
    for place, at in enumerate(sorted(chosen)):
        kind = draw(st.sampled_from(MAY_FOLLOW[status]))
        status = STATUS.get(kind, status)
        event: dict[str, object] = {
            "event_id": f"{item}-{place}",
            "subscription_id": f"of-{customer}",
            "subscription_item_id": item,
            "customer_id": customer,
            "occurred_at": at,
            "event_type": kind,
        }
        if kind == "end":
            event["end_type"] = draw(st.sampled_from(END_TYPES))
        elif place == 0 or kind == "change" or draw(st.booleans()):
            names = ("unit_amount", "quantity", "interval_unit", "interval_count")
            event |= dict(zip(names, draw(st.sampled_from(PRICES)), strict=True))
            rebate = ("discount_percent", "discount_amount", "discount_duration")
            event |= dict(zip(rebate, draw(st.sampled_from(DISCOUNTS)), strict=True))
        if place == 0:
            event["currency"] = draw(st.sampled_from(("USD", "EUR")))
        found.append(event)
    return found


@st.composite
def event_logs(draw: st.DrawFn) -> Case:
    """1-4 customers with 1-3 items each."""
    as_of, zone = draw(st.sampled_from(CUT_OFFS))
    local = moment(as_of)
    assert local is not None
    at = instants(to_utc(local, zone))
    events: list[dict[str, object]] = []
    for number in range(draw(st.integers(1, 4))):
        pool = draw(pools(at))
        for item in range(draw(st.integers(1, 3))):
            events += draw(lives(f"c{number}", f"s{number}-{item}", pool))
    return Case(
        {"subscription_events": events},
        {"as_of": as_of, "reporting_timezone": zone, "reporting_currency": "USD"},
    )
