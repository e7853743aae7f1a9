"""What it costs to know that nothing changed, and what changed.

`python -m benchmarks impact`: the identity of an input file by its stat and by its content; two
contents of a table compared as a whole, column by column and on a set of columns; column lineage of
the checkout's own models.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

from benchmarks.clock import ROOT
from benchmarks.figures import Asked, Figure, ratio, told
from benchmarks.publishing import measure

_COLUMNS = 26


def impact(asked: Asked) -> Iterator[Figure]:
    """Identity of files, contents of tables, lineage of models."""
    megabytes, rows = (512, 1_000_000) if asked.is_large else (128, 300_000)
    yield from identity(asked, megabytes)
    yield from contents(rows)
    yield from lineage()


def identity(asked: Asked, megabytes: int) -> Iterator[Figure]:
    """One file: its content read once, then believed from its stat."""
    from retention_pipeline.identity import SETTLED_NS, note

    path = asked.folder / "noted.csv"
    with path.open("wb") as file:
        for _ in range(megabytes):
            file.write(os.urandom(1 << 20))
    read = measure(lambda: path.read_bytes())
    content = measure(lambda: note(path))
    known = replace(note(path), noted_ns=note(path).noted_ns + 2 * SETTLED_NS)
    times = 10_000
    stat = measure(lambda: [note(path, known) for _ in range(times)])
    path.unlink()
    yield ratio(f"identity of {megabytes} MB by content / reading it", content, read)
    yield Figure("identity of one file by its stat", stat.cpu / times * 1e6, unit="us")


def contents(rows: int) -> Iterator[Figure]:
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
        build = f"create table old as select {', '.join(items)} from range({rows}) as r(i)"
        built = measure(lambda: engine.query(build))
        engine.query("create table same as from old")
        engine.query("create table new as select * replace (c0 + 1 as c0) from old")
        asked = [frozenset(names[i : i + 6]) for i in range(0, 24, 3)]
        label = f"building {rows:,} rows of {_COLUMNS} columns"
        works = {
            "nothing differs": lambda: compare(engine, old, same, lambda: asked),
            "one column differs, nobody asks": lambda: compare(engine, old, new, list),
            f"one column differs, {len(asked)} sets of 6 asked": lambda: compare(
                engine, old, new, lambda: asked
            ),
        }
        for name, work in works.items():
            yield ratio(f"compare, {name} / {label}", measure(work), built)


def lineage() -> Iterator[Figure]:
    """Every model of the checkout: the SQL parser's import, its parse, the reading."""
    from retention_pipeline.api import Options, compile_
    from retention_pipeline.binder import bind

    compiled = compile_(Options(project_dir=ROOT, environ={}))
    types = bind(compiled)

    def load() -> None:
        import retention_pipeline.lineage  # noqa: F401

    yield told("lineage: import of the SQL parser", measure(load))
    from retention_pipeline.lineage import Lineage

    made = Lineage(compiled, types)
    cost = measure(lambda: [made.reads(uid) for uid in compiled.models])
    yield Figure("lineage of one model", cost.cpu / len(compiled.models) * 1e3, cost, unit="ms")
