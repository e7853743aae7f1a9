"""Where the public data and the independent results are, and how they are read.

They are read in place and never copied into the project: `../shared/data` beside the checkout, or
the folder that the environment variable RETENTION_SHARED_DATA names (or its data/).
"""

from __future__ import annotations

import csv
import gzip
import os
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
ABSENT = (
    "the public data is not on this machine: "
    "put it in ../shared/data or name its folder in RETENTION_SHARED_DATA"
)


def folder() -> Path | None:
    """The folder of the public data with its truth/, if it is on this machine."""
    named = os.environ.get("RETENTION_SHARED_DATA")
    places = [CHECKOUT.parent / "shared" / "data"]
    if named:
        places = [Path(named), Path(named) / "data"]
    return next((place for place in places if (place / "truth").is_dir()), None)


def read(path: Path) -> list[dict[str, str]]:
    """Rows of a .csv or .csv.gz as text."""
    packed = path.with_name(path.name + ".gz")
    if not path.exists() and packed.exists():
        with gzip.open(packed, "rt", encoding="utf-8", newline="") as lines:
            return list(csv.DictReader(lines))
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@dataclass(frozen=True)
class Purchase:
    """One row of a CDNOW file."""

    number: int
    customer: str
    day: str
    amount: Decimal


def cdnow_purchases(path: Path) -> Iterator[Purchase]:
    """Rows of CDNOW_master.txt (id, day, discs, dollars) or of the sample (a second id between)."""
    number = 0
    for line in path.read_text(encoding="ascii").splitlines():
        cells = line.split()
        if not cells or not cells[0].isdigit():
            continue
        number += 1
        day = cells[-3]
        yield Purchase(
            number=number,
            customer=cells[0],
            day=f"{day[:4]}-{day[4:6]}-{day[6:]}",
            amount=Decimal(cells[-1]),
        )


def write_cdnow_orders(source: Path, target: Path, *, by_day: bool) -> None:
    """Write the purchases as canonical orders: one per row, or one per customer and day."""
    orders: dict[object, Purchase] = {}
    for purchase in cdnow_purchases(source):
        key: object = (purchase.customer, purchase.day) if by_day else purchase.number
        first = orders.get(key)
        if first:
            purchase = Purchase(
                first.number, first.customer, first.day, first.amount + purchase.amount
            )
        orders[key] = purchase
    header = ["order_id", "customer_id", "ordered_at", "status", "currency", "subtotal_amount"]
    with target.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(header)
        for order in orders.values():
            # ids as wide as the longest, so that their order as text is their order as numbers
            cells = [f"{order.number:06d}", order.customer, f"{order.day} 00:00:00"]
            writer.writerow([*cells, "paid", "USD", order.amount])
