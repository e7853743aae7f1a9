"""The public subscription data as canonical rows: what its dates and trials become is stated here."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path

from tests.truth import data

COLUMNS = (
    "subscription_id",
    "subscription_item_id",
    "customer_id",
    "plan_id",
    "status",
    "currency",
    "unit_amount",
    "quantity",
    "interval_unit",
    "interval_count",
    "valid_from",
    "valid_to",
    "ended_at",
    "end_type",
)
Row = Mapping[str, str]


def interval(source: Row, *, customer: str, amount: str, start: str, end: str) -> dict[str, str]:
    """One monthly price from one midnight to another; an empty end is open."""
    ended = f"{end} 00:00:00" if end else ""
    return {
        "subscription_id": source["subscription_id"],
        "subscription_item_id": source["subscription_id"],
        "customer_id": source[customer],
        "plan_id": source.get("plan_tier", ""),
        "status": "active",
        "currency": "USD",
        "unit_amount": source[amount],
        "quantity": "1",
        "interval_unit": "month",
        "interval_count": "1",
        "valid_from": f"{start} 00:00:00",
        "valid_to": ended,
        "ended_at": ended,
        "end_type": "voluntary" if end else "",
    }


def mrr_playbook(source: Path) -> Iterator[dict[str, str]]:
    """The dates are months' first days; the end is exclusive; every period has one."""
    for row in data.read(source / "subscription_periods.csv"):
        yield interval(
            row,
            customer="customer_id",
            amount="monthly_amount",
            start=row["start_date"],
            end=row["end_date"],
        )


def ravenstack(source: Path, *, extra_days: int) -> Iterator[dict[str, str]]:
    """Trials are trials; what starts and ends at one instant was never there and is left out."""
    for row in data.read(source / "ravenstack_subscriptions.csv"):
        end = row["end_date"]
        if end:
            end = str(date.fromisoformat(end) + timedelta(days=extra_days))
        if end == row["start_date"]:
            continue
        found = interval(
            row, customer="account_id", amount="mrr_amount", start=row["start_date"], end=end
        )
        if row["is_trial"] == "TRUE":
            found["status"] = "trialing"
            found["end_type"] = "trial_expired" if end else ""
        yield found


def ravenstack_end_exclusive(source: Path) -> Iterator[dict[str, str]]:
    """The end date is the first day without the subscription."""
    return ravenstack(source, extra_days=0)


def ravenstack_end_inclusive(source: Path) -> Iterator[dict[str, str]]:
    """The end date is the last day with the subscription."""
    return ravenstack(source, extra_days=1)


MAPPINGS: dict[str, Callable[[Path], Iterator[dict[str, str]]]] = {
    "mrr_playbook": mrr_playbook,
    "ravenstack/v1_end_exclusive": ravenstack_end_exclusive,
    "ravenstack/v2_end_inclusive": ravenstack_end_inclusive,
}


def write_subscriptions(source: Path, truth: str, target: Path) -> None:
    """Write the canonical subscriptions.csv that belongs to one folder of results."""
    with target.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, COLUMNS)
        writer.writeheader()
        writer.writerows(MAPPINGS[truth](source))
