"""Inputs of any size with a seed: a shop's orders, subscription accounts, product events, as Parquet.

`python -m benchmarks.generate orders|subscriptions|events FOLDER --rows N [--seed 7]`

DuckDB makes every row from its number alone (`hash(number, seed, salt)`), in parallel and streaming:
memory does not grow with the rows. The same arguments and the same DuckDB version give the same rows.
The tables follow the raw contract (models/raw). Rows come in the order of time over `DAYS` days
before `END`; an order may be loaded up to 30 days late. `until` leaves out what was loaded from that
day on, `since` what was loaded before: two parts of one history.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb

from benchmarks.shapes import EVENTS, ORDERS, SUBSCRIPTIONS

DAYS = 1826
END = date(2026, 7, 1)
LINES_AN_ORDER = 2.5
ORDERS_A_CUSTOMER = 3.6
EVENTS_A_USER = 200
SHAPES = {"orders": ORDERS, "subscriptions": SUBSCRIPTIONS, "events": EVENTS}


@dataclass(frozen=True)
class Size:
    """What to make: `rows` are order lines, subscription accounts or events."""

    kind: str
    rows: int
    seed: int = 7

    @property
    def names(self) -> dict[str, int]:
        """The numbers that the SQL of a shape is filled with."""
        orders = max(1, round(self.rows / LINES_AN_ORDER))
        return {
            "rows": self.rows,
            "orders": orders,
            "customers": max(1, round(orders / ORDERS_A_CUSTOMER)),
            "accounts": self.rows,
            "users": max(1, self.rows // EVENTS_A_USER),
            "seed": self.seed,
            "days": DAYS,
        }


def generate(
    size: Size,
    folder: Path,
    part: str = "part-0",
    since: date | None = None,
    until: date | None = None,
    memory: str = "2GiB",
) -> Path:
    """Write `folder/TABLE/part.parquet` for each table of the shape; the folder is `inputs_path`."""
    first = since or date(1970, 1, 1)
    last = until or END + timedelta(days=1000)
    with duckdb.connect(config={"memory_limit": memory}) as connection:
        connection.execute(f"set temp_directory = '{folder / '.spill'}'")
        for table, sql in SHAPES[size.kind].items():
            target = folder / table / f"{part}.parquet"
            target.parent.mkdir(parents=True, exist_ok=True)
            select = sql.format(
                **size.names,
                start=f"date '{END - timedelta(days=DAYS)}'",
                end=f"date '{END}'",
                since=f"timestamp '{first}'",
                until=f"timestamp '{last}'",
            )
            connection.execute(f"copy ({select}) to '{target}' (format parquet)")
    return folder


def main() -> None:
    """Write one shape."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("kind", choices=sorted(SHAPES))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    generate(Size(asked.kind, asked.rows, asked.seed), asked.folder)


if __name__ == "__main__":
    main()
