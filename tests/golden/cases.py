"""Where the worked examples are, and how their short inputs become canonical rows.

They are read in place: `../shared/golden` beside the checkout, or beside the folder that the
environment variable RETENTION_SHARED_DATA names. Tests that need them skip where they are absent.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

Rows = dict[str, list[dict[str, object]]]
CHECKOUT = Path(__file__).resolve().parents[2]
AS_OF = "2024-06-01"
TOLERANCE = 1e-6  # the expected files are written with six decimals


def folder() -> Path | None:
    """The folder of the worked examples, if it is on this machine."""
    places = [CHECKOUT.parent / "shared" / "golden"]
    if data := os.environ.get("RETENTION_SHARED_DATA"):
        places = [Path(data) / "golden", Path(data).parent / "golden", *places]
    return next((place for place in places if (place / "inputs").is_dir()), None)


needs_golden = pytest.mark.skipif(
    folder() is None, reason="the worked examples (shared/golden) are not on this machine"
)


def read(kind: str, name: str) -> list[dict[str, str]]:
    """Rows of golden/<kind>/<name>.csv as text."""
    place = folder()
    assert place is not None
    with (place / kind / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def order(order_id: str, customer: str | None, at: str, amount: object) -> dict[str, object]:
    return {
        "order_id": order_id,
        "customer_id": customer,
        "ordered_at": at,
        "status": "paid",
        "currency": "USD",
        "subtotal_amount": amount,
    }


def orders() -> Rows:
    """inputs/orders.csv: status `test` is a paid test order, gross_amount the subtotal."""
    found = []
    for row in read("inputs", "orders"):
        is_test = row["status"] == "test"
        found.append(
            order(
                row["order_id"], row["customer_id"] or None, row["ordered_at"], row["gross_amount"]
            )
            | {
                "status": "paid" if is_test else row["status"],
                "is_test": is_test,
                "refunded_amount": row["refunded_amount"],
            }
        )
    return {"orders": found}


def clock_events() -> Rows:
    """inputs/clock_events.csv: each event an order of 1."""
    events = enumerate(read("inputs", "clock_events"))
    return {
        "orders": [order(f"e{n}", row["user_id"], row["occurred_at_utc"], 1) for n, row in events]
    }


def rfm_orders() -> Rows:
    """inputs/rfm_customers.csv: orders with these recencies, frequencies and amounts.

    The last order is `recency_days` before as_of; the earlier ones lie a day apart before it,
    each of 1, so that the last one brings the rest.
    """
    found = []
    for row in read("inputs", "rfm_customers"):
        last = date.fromisoformat(AS_OF) - timedelta(days=int(row["recency_days"]))
        frequency = int(row["frequency"])
        for back in range(frequency):
            amount = 1 if back else Decimal(row["monetary"]) - (frequency - 1)
            at = f"{last - timedelta(days=back)} 12:00:00"
            found.append(order(f"{row['customer_id']}_{back}", row["customer_id"], at, amount))
    return {"orders": found}


def number(value: object) -> float | None:
    """Text, Decimal or Fraction as a float; empty is None."""
    if value is None or value == "":
        return None
    return float(Fraction(str(value)) if isinstance(value, str) else value)  # type: ignore[arg-type]


def same(one: object, other: object) -> bool:
    """Equal numbers up to the six decimals of the files; None only equals None."""
    left, right = number(one), number(other)
    if left is None or right is None:
        return left is right
    return abs(left - right) <= TOLERANCE


def grid_cells() -> Iterator[tuple[int, int, str]]:
    """inputs/rfm_grid.csv, unrolled: (r, fm, segment)."""
    for row in read("inputs", "rfm_grid"):
        for fm in range(1, 6):
            yield int(row["r"]), fm, row[f"fm{fm}"]
