"""What it costs to know that nothing changed, and what changed.

`python -m benchmarks.impact [--megabytes 512] [--rows 1000000]` prints: the identity of an input
file by its stat and by its content; two contents of a table compared as a whole, column by column
and on a set of columns; column lineage of the checkout's own models.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from benchmarks.clock import ROOT

T = TypeVar("T")
_COLUMNS = 26


def timed(label: str, work: Callable[[], T], unit: float = 1.0, name: str = "s") -> T:
    """Run once and print wall and CPU time."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{label:<58} {wall / unit:9.3f} {name} wall {cpu / unit:9.3f} {name} CPU")
    return result


def identity(megabytes: int) -> None:
    """One file: its content read once, then believed from its stat."""
    from retention_pipeline.identity import SETTLED_NS, note

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "orders.csv"
        with path.open("wb") as file:
            for _ in range(megabytes):
                file.write(os.urandom(1 << 20))
        known = timed(f"identity of {megabytes} MB by content", lambda: note(path))
        known = replace(known, noted_ns=known.noted_ns + 2 * SETTLED_NS)
        times = 10_000

        def ask() -> None:
            for _ in range(times):
                note(path, known)

        timed("identity by stat, one file", ask, times / 1e6, "us")


def contents(rows: int) -> None:
    """A table of 26 columns and a copy in which one column differs."""
    from retention_pipeline.contents import compare
    from retention_pipeline.engine import Engine
    from retention_pipeline.nodes import Relation

    names = [f"c{i}" for i in range(_COLUMNS)]
    kinds = ["integer", "double", "decimal(18,4)", "varchar", "date"]
    value = {
        "varchar": "'c' || (i * {k} % 50000)",
        "date": "date '2020-01-01' + (i * {k} % 900)::integer",
    }
    items = []
    for k, name in enumerate(names):
        kind = kinds[k % len(kinds)]
        text = value.get(kind, "i * {k} % 1000").format(k=k + 1)
        items.append(f"cast({text} as {kind}) as {name}")
    old, same, new = (Relation("main", name) for name in ("old", "same", "new"))
    with Engine(":memory:", {"threads": 2}) as engine:
        build = f"select {', '.join(items)} from range({rows}) as r(i)"
        timed(
            f"build {rows:,} rows of {_COLUMNS} columns",
            lambda: engine.query(f"create table old as {build}"),
        )
        engine.query("create table same as from old")
        engine.query("create table new as select * replace (c0 + 1 as c0) from old")
        asked = [frozenset(names[i : i + 6]) for i in range(0, 24, 3)]
        timed("compare: nothing differs", lambda: compare(engine, old, same, lambda: asked))
        timed("compare: one column differs, nobody asks", lambda: compare(engine, old, new, list))
        timed(
            f"compare: one column differs, {len(asked)} sets of 6 asked",
            lambda: compare(engine, old, new, lambda: asked),
        )


def lineage() -> None:
    """Every model of the checkout: the SQL parser's import, its parse, the reading."""
    from retention_pipeline.api import Options, compile_
    from retention_pipeline.binder import bind

    compiled = compile_(Options(project_dir=ROOT, environ={}))
    types = bind(compiled)

    def load() -> type:
        from retention_pipeline.lineage import Lineage

        return Lineage

    made = timed("lineage: import of the SQL parser", load)(compiled, types)
    count = len(compiled.models)
    timed(
        f"lineage: each of {count} models",
        lambda: [made.reads(uid) for uid in compiled.models],
        count / 1e3,
        "ms",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=512)
    parser.add_argument("--rows", type=int, default=1_000_000)
    options = parser.parse_args()
    identity(options.megabytes)
    contents(options.rows)
    lineage()


if __name__ == "__main__":
    main()
