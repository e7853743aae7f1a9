"""Public event logs and a churn table as canonical events.csv and subscriptions.csv."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from pathlib import Path

from tests.truth import data

TELCO_AS_OF = datetime(2024, 1, 1)  # noqa: DTZ001 - raw timestamps are naive UTC
MONTH = timedelta(days=30)


def write_ecom_events(source: Path, target: Path) -> None:
    """One event a line; the line's number is its id, for 30 lines stand there twice."""
    with target.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(["event_id", "user_id", "event_name", "occurred_at", "platform"])
        for number, row in enumerate(data.read(source), start=1):
            writer.writerow(
                [
                    f"{number:06d}",
                    row["user_id"],
                    row["event"],
                    row["timestamp"],
                    row["platform"],
                ]
            )


def write_telco_subscriptions(source: Path, target: Path) -> None:
    """A customer of m months of tenure has paid for 30 m days: until now, or left a day ago.

    The contract is the plan. Who has no month yet began an hour ago.
    """
    header = ["subscription_id", "subscription_item_id", "customer_id", "plan_id", "status"]
    header += ["currency", "unit_amount", "quantity", "interval_unit", "interval_count"]
    header += ["valid_from", "valid_to", "ended_at", "end_type"]
    with target.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(header)
        for row in data.read(source):
            has_left = row["Churn"] == "Yes"
            now = TELCO_AS_OF - timedelta(days=1) if has_left else TELCO_AS_OF
            start = now - MONTH * int(row["tenure"])
            if start == TELCO_AS_OF:
                start -= timedelta(hours=1)
            end = str(now) if has_left else ""
            name = row["customerID"]
            cells = [name, name, name, row["Contract"], "active", "USD", row["MonthlyCharges"]]
            kind = "voluntary" if has_left else ""
            writer.writerow([*cells, 1, "month", 1, start, end, end, kind])
