"""Subscription events -> intervals, one event after the other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tests.properties.oracle_customers import Row
from tests.properties.oracle_mrr_spans import instant

STATUS_AFTER = {
    "start": "active",
    "resume": "active",
    "recover": "active",
    "trial_start": "trialing",
    "pause": "paused",
    "past_due": "past_due",
}
TERMS = (
    "plan_id",
    "currency",
    "unit_amount",
    "quantity",
    "interval_unit",
    "interval_count",
    "discount_percent",
    "discount_amount",
    "discount_duration",
    "is_metered",
    "cancel_requested_at",
)
AT_FIRST = {"quantity": 1, "interval_unit": "month", "interval_count": 1}


def fold(events: Sequence[Row]) -> list[dict[str, object]]:
    """The intervals of all items; what an event does not say is as it was."""
    items = sorted({str(event["subscription_item_id"]) for event in events})
    return [row for item in items for row in fold_item(item, events)]


def fold_item(item: str, events: Sequence[Row]) -> list[dict[str, object]]:
    mine = [event for event in events if event["subscription_item_id"] == item]
    found: list[dict[str, object]] = []
    terms: dict[str, object] = dict(AT_FIRST)
    status: str | None = None
    for event in sorted(mine, key=when):
        if status is not None:
            found[-1]["valid_to"] = event["occurred_at"]
        if event["event_type"] == "end":
            found[-1]["ended_at"] = event["occurred_at"]
            found[-1]["end_type"] = event.get("end_type")
            status = None
            continue
        terms |= {name: event[name] for name in TERMS if event.get(name) is not None}
        status = STATUS_AFTER.get(str(event["event_type"]), status)
        assert status is not None
        found.append(
            {
                **terms,
                "subscription_id": event.get("subscription_id") or item,
                "subscription_item_id": item,
                "customer_id": event["customer_id"],
                "status": status,
                "valid_from": event["occurred_at"],
                "valid_to": None,
            }
        )
    return found


def when(event: Row) -> datetime:
    return instant(event["occurred_at"])
