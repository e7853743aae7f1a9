"""What publishing costs: every mart anew against one of ten changed, in time and space.

`python -m benchmarks publishing`: 100 MB of marts, 1 GB with --large. Rows are made by DuckDB as they
are written; the disk needs about twelve times the size of the marts.
"""

from __future__ import annotations

import resource
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks.clock import Cost
from benchmarks.figures import Asked, Figure, ratio, told
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


def measure(work: Callable[[], object]) -> Cost:
    """Wall and CPU seconds of work in this process."""
    began, cpu = time.perf_counter(), time.process_time()
    work()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Cost(time.perf_counter() - began, time.process_time() - cpu, peak)


def folder_size(folder: Path) -> float:
    """Megabytes on the disk, a file with several names counted once."""
    sizes = {p.stat().st_ino: p.stat().st_blocks * 512 for p in folder.rglob("*") if p.is_file()}
    return sum(sizes.values()) / 1e6


def publishing(asked: Asked) -> Iterator[Figure]:
    """The steps of a day: first publication, small and large changes, going back, Parquet."""
    megabytes = 1000 if asked.is_large else 100
    needed, free = 12 * megabytes, shutil.disk_usage(asked.folder).free / 1e6
    if free < needed:
        raise SystemExit(f"{needed:,} MB of disk are needed, {free:,.0f} are free")
    rows = megabytes * 1_000_000 // MARTS // BYTES_A_ROW
    with Engine(str(asked.folder / "publishing.duckdb")) as engine:
        yield from steps(engine, asked.folder / "out" / "retention.duckdb", rows)
    shutil.rmtree(asked.folder / "out")


def steps(engine: Engine, path: Path, rows: int) -> Iterator[Figure]:
    """Every step on ten marts of so many rows."""
    engine.query("create schema marts")
    marts = [fill(engine, f"mart_{n}", rows, n * 10) for n in range(MARTS)]
    engine.query("checkpoint")
    builds = iter(BuildInfo(f"b{n:03}", "2024-06-01") for n in range(1000))

    def put() -> object:
        return publish(engine, marts, next(builds), path)

    first = measure(put)
    size = path.stat().st_size
    yield told(f"first publication of {size / 1e6:,.0f} MB", first)
    copy = path.with_name("copy")

    def copy_whole() -> None:
        copy_file(path, copy)
        flush(copy)

    copied = measure(copy_whole)
    yield ratio("copy and fsync of that file / first publication", copied, first)
    copy.unlink()
    yield ratio("nothing changed / first publication", measure(put), first)
    marts[3] = fill(engine, "mart_3", rows, 1000)
    yield ratio("one of ten marts changed / first publication", measure(put), first)
    marts[0] = replace(marts[0], description="Other words.")
    yield ratio("one description changed / first publication", measure(put), first)
    for number in range(20):
        marts[number % MARTS] = fill(engine, f"mart_{number % MARTS}", rows, 2000 + number)
        put()
    grown = path.stat().st_size / size
    yield Figure("size after 20 more publications / size before", grown, limit=1.05)
    yield ratio("rollback / first publication", measure(lambda: rollback(path)), first)
    every = measure(lambda: publish(engine, marts, next(builds), path, force=True, fresh=True))
    yield ratio("every mart anew / first publication", every, first)
    folder = path.parent / "parquet"
    parquet = measure(lambda: publish_parquet(engine, marts, next(builds), folder))
    yield ratio("Parquet, first / first publication", parquet, first)
    marts[3] = fill(engine, "mart_3", rows, 5000)
    again = measure(lambda: publish_parquet(engine, marts, next(builds), folder))
    yield ratio("Parquet, one of ten changed / all of it", again, parquet)
    shared = folder_size(folder) / folder_size(folder / "latest")
    yield Figure("disk of two Parquet versions / of one", shared)
