"""What publishing costs: every mart anew against one of ten changed, in time and space.

`python -m benchmarks.publishing [--megabytes 100] [--folder DIR]` prints a Markdown table. Rows are
made by DuckDB as they are written; the disk needs about twelve times the size of the marts.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from retention_pipeline.engine import Engine
from retention_pipeline.nodes import Relation
from retention_pipeline.publishing.database import publish
from retention_pipeline.publishing.disk import copy_file, flush
from retention_pipeline.publishing.history import rollback
from retention_pipeline.publishing.parquet import publish_parquet
from retention_pipeline.publishing.values import BuildInfo, Mart

MARTS = 10
# Like a mart of customers and months: a text key, a date, counts, money, a rate. About 17 bytes a
# row when compressed.
ROW = """
    select
        'customer_' || cast(hash(range, {seed}) % 1000000 as varchar) as customer_id,
        date '2020-01-01' + cast(range % 1800 as integer) as month,
        hash(range, {seed} + 1) % 40 as orders,
        cast((hash(range, {seed} + 2) % 9000000) / 10000 as decimal(18, 4)) as net_revenue,
        cast((hash(range, {seed} + 3) % 9000000) / 10000 as decimal(18, 4)) as gross_margin,
        (hash(range, {seed} + 4) % 1000000) / 1000000 as retention_rate,
        ['DE', 'FR', 'GB', 'US'][1 + range % 4] as country
    from range({rows})
"""
BYTES_A_ROW = 17


def fill(engine: Engine, name: str, rows: int, seed: int) -> Mart:
    """Make or change one mart in the working database."""
    relation = Relation("marts", name)
    engine.query(f"create or replace table {relation} as {ROW.format(seed=seed, rows=rows)}")
    return Mart(name, relation, f"v{seed}", "A mart.")


def measure(label: str, work: Callable[[], object], path: Path) -> object:
    """Print wall and CPU seconds and what is on the disk afterwards."""
    before, began = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    result = work()
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    size = folder_size(path) if path.is_dir() else path.stat().st_size / 1e6
    print(f"| {label} | {wall:.2f} | {cpu:.2f} | {size:,.0f} |", flush=True)
    return result


def folder_size(folder: Path) -> float:
    """Megabytes on the disk, a file with several names counted once."""
    sizes = {p.stat().st_ino: p.stat().st_blocks * 512 for p in folder.rglob("*") if p.is_file()}
    return sum(sizes.values()) / 1e6


def main() -> None:
    """Measure in a temporary folder, removed at the end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--folder", type=Path, default=None)
    options = parser.parse_args()
    rows = options.megabytes * 1_000_000 // MARTS // BYTES_A_ROW
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        needed, free = 12 * options.megabytes, shutil.disk_usage(folder).free / 1e6
        if free < needed:
            raise SystemExit(
                f"{needed:,} MB of disk are needed in {folder.parent}, {free:,.0f} are free"
            )
        path = folder / "out" / "retention.duckdb"
        with Engine(str(folder / "build.duckdb")) as engine:
            run(engine, path, rows)


def run(engine: Engine, path: Path, rows: int) -> None:
    """The steps of a day: first publication, small and large changes, going back, Parquet."""
    engine.query("create schema marts")
    marts = [fill(engine, f"mart_{n}", rows, n * 10) for n in range(MARTS)]
    engine.query("checkpoint")
    builds = iter(BuildInfo(f"b{n:03}", "2024-06-01") for n in range(1000))

    def put() -> object:
        return publish(engine, marts, next(builds), path)

    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0
    print(f"{MARTS} marts of {rows:,} rows; {os.cpu_count()} cores, load before {load:.1f}\n")
    print("| | wall s | CPU s | published MB |\n|---|--:|--:|--:|", flush=True)
    measure("first publication (fresh)", put, path)
    copy = path.with_name("copy")
    measure(
        "for comparison: copy and fsync of that file",
        lambda: (copy_file(path, copy), flush(copy)),
        path,
    )
    copy.unlink()
    measure("nothing changed", put, path)
    for number in range(3):
        marts[3] = fill(engine, "mart_3", rows, 1000 + number)
        measure("one of ten marts changed", put, path)
    marts[0] = replace(marts[0], description="Other words.")
    measure("one description changed", put, path)
    first = path.stat().st_size
    for number in range(20):
        marts[number % MARTS] = fill(engine, f"mart_{number % MARTS}", rows, 2000 + number)
        put()
    growth = path.stat().st_size / first
    disk = folder_size(path.parent)
    measure("rollback", lambda: rollback(path), path)
    measure(
        "every mart anew (fresh)",
        lambda: publish(engine, marts, next(builds), path, force=True, fresh=True),
        path,
    )
    folder = path.parent / "parquet"
    latest = folder / "latest"
    measure("Parquet, first", lambda: publish_parquet(engine, marts, next(builds), folder), latest)
    marts[3] = fill(engine, "mart_3", rows, 5000)
    measure(
        "Parquet, one of ten changed",
        lambda: publish_parquet(engine, marts, next(builds), folder),
        latest,
    )
    print(f"\nafter 20 more publications, one mart each: {growth:.3f} of the size before")
    print(
        f"on disk: {disk:,.0f} MB with 3 versions kept; {folder_size(folder):,.0f} MB two of Parquet"
    )
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
