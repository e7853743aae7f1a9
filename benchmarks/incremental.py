"""What a day costs after the first: one more day, a late order two years old, a merged customer.

Each time the tables of the project that went on are compared with those of a fresh full build of the
same inputs: every table of the intermediate and marts schemas, row by row.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import duckdb

from benchmarks.clock import SETTLE, Cost, cost_of, pipeline
from benchmarks.figures import Asked, Figure, ratio, told
from benchmarks.generate import END, Size, generate
from benchmarks.orders import SELECT, profiled, settings
from benchmarks.sample import project

LIMIT = 0.05
LATE = END - timedelta(days=730)


def incremental(asked: Asked) -> Iterator[Figure]:
    """The changes one after the other, at the largest size asked for."""
    rows = max(asked.rows)
    size, inputs = Size("orders", rows), asked.folder / f"days_{rows}"
    going_on = profiled(project(asked.folder / "going_on"), settings(asked))
    generate(size, inputs, until=END - timedelta(days=1))
    first = build(asked, going_on, inputs, f"{END - timedelta(days=1)}", "build")
    yield told(f"first full build, {rows / 1e6:g}M lines less one day", first)
    changes: dict[str, Callable[[Path], object]] = {
        "one more day": lambda folder: generate(
            size, folder, "part-1", since=END - timedelta(days=1)
        ),
        "a late order, two years old": late_order,
        "a customer merged": merge,
    }
    for name, change in changes.items():
        change(inputs)
        cost = build(asked, going_on, inputs, f"{END}", "build")
        full, differing = fresh(asked, going_on, inputs)
        yield ratio(f"{name} / full build", cost, full, LIMIT)
        yield Figure(
            f"{name}: tables that differ from a full build", len(differing), limit=0, unit=""
        )
        if differing:
            yield Figure(f"{name} differs", note=", ".join(differing))
    again = build(asked, going_on, inputs, f"{END}", "build")
    yield ratio("nothing more / full build", again, full)


def build(asked: Asked, root: Path, inputs: Path, as_of: str, command: str) -> Cost:
    """One build of the domain on one core's worth of trust: files settle first."""
    time.sleep(SETTLE)
    values = json.dumps({"inputs_path": str(inputs), "as_of": as_of})
    chosen = ["-s", " ".join(SELECT), "--indirect-selection", "buildable"]
    return cost_of(pipeline(command, "-q", *chosen, "--vars", values), root)


def fresh(asked: Asked, going_on: Path, inputs: Path) -> tuple[Cost, list[str]]:
    """The same inputs from nothing; which tables of `going_on` are not those."""
    root = profiled(project(asked.folder / "fresh"), settings(asked))
    cost = build(asked, root, inputs, f"{END}", "build")
    differing = differences(
        root / "warehouse" / "build.duckdb", going_on / "warehouse" / "build.duckdb"
    )
    shutil.rmtree(root)
    return cost, differing


def differences(one: Path, other: Path) -> list[str]:
    """The tables of the intermediate and marts schemas that are not equal as bags of rows."""
    with duckdb.connect() as connection:
        for name, path in (("one_side", one), ("other_side", other)):
            connection.execute(f"attach '{path}' as {name} (read_only)")
        found: dict[str, list[tuple[object, ...] | None]] = {}
        tables = connection.execute(
            "select database_name, schema_name, table_name from duckdb_tables() "
            "where schema_name in ('intermediate', 'marts') order by all"
        ).fetchall()
        for database, schema, table in tables:
            said = connection.execute(
                f'select count(*), sum(hash(t)) from "{database}"."{schema}"."{table}" as t'
            ).fetchone()
            found.setdefault(f"{schema}.{table}", []).append(said)
    return [name for name, said in found.items() if len(said) != 2 or said[0] != said[1]]


def late_order(inputs: Path) -> None:
    """One more order, placed two years before the end by an old customer, heard of only now."""
    with duckdb.connect() as connection:
        for table, changes in {
            "orders": f"'late' as order_id, timestamp '{LATE} 12:00:00' as ordered_at",
            "order_lines": "'late' as order_id, 'late-1' as order_line_id",
        }.items():
            connection.execute(
                f"copy (select * replace ({changes}) from '{inputs}/{table}/part-0.parquet' limit 1) "
                f"to '{inputs}/{table}/part-2.parquet' (format parquet)"
            )


def merge(inputs: Path) -> None:
    """The shop merges one customer into another."""
    path = inputs / "customers" / "part-0.parquet"
    aside = path.with_suffix(".new")
    with duckdb.connect() as connection:
        connection.execute(
            "copy (select * replace (case customer_id when 'c20' then 'c30' else merged_into_customer_id end "
            f"as merged_into_customer_id) from '{path}') to '{aside}' (format parquet)"
        )
    aside.replace(path)
