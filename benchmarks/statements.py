"""The compiled project as plain SQL: what a bare script of somebody in a hurry would send to DuckDB."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.clock import ROOT

if TYPE_CHECKING:
    from retention_pipeline.compiled import Compiled
    from retention_pipeline.nodes import Column

# One statement: its name, what it is (input, model or test), its SQL.
Statement = tuple[str, str, str]
SALT = "salt of the benchmarks"


def statements(
    variables: Mapping[str, object],
    select: Sequence[str] = (),
    sources: Mapping[str, str] | None = None,
    project: Path = ROOT,
) -> list[Statement]:
    """Inputs, then models in order, then data tests, of a selection (all of it when empty).

    `sources`: what raw tables are read from, as it stands after FROM: {'raw.orders': "'x.parquet'"};
    without it the sample seeds. What has neither is empty.
    """
    from retention_pipeline.api import Options, compile_
    from retention_pipeline.choice import Choice
    from retention_pipeline.choosing import choose
    from retention_pipeline.nodes import Materialized

    compiled = compile_(Options(project_dir=project, vars=dict(variables), environ={}))
    chosen = choose(compiled, Choice(include=tuple(select), indirect="buildable")).ids
    salt = ("salt", "input", f"set variable retention_salt = '{SALT}'")
    found = [salt, *_schemas(compiled), *_inputs(compiled, chosen, sources, project)]
    for uid in compiled.graph.order():
        model = compiled.models.get(uid)
        if model is not None and uid in chosen:
            word = "view" if model.materialized is Materialized.VIEW else "table"
            sql = f"create {word} {model.relation} as {model.sql}"
            found.append((model.model.name, "model", sql))
    tests = compiled.tests.items()
    return found + [(t.test.name, "test", t.count_sql) for uid, t in tests if uid in chosen]


def parquet_sources(folder: Path) -> dict[str, str]:
    """What a generated folder holds: one folder of files for each table."""
    return {f"raw.{at.name}": f"'{at}/*.parquet'" for at in folder.iterdir() if at.is_dir()}


def _schemas(compiled: Compiled) -> list[Statement]:
    from retention_pipeline.quoting import quote

    names = dict.fromkeys(relation.schema for relation in compiled.relations.values())
    return [(name, "input", f"create schema if not exists {quote(name)}") for name in names]


def _inputs(
    compiled: Compiled, chosen: Iterable[str], sources: Mapping[str, str] | None, project: Path
) -> list[Statement]:
    from retention_pipeline.quoting import literal

    found = []
    for uid, item in compiled.sources.items():
        seed = compiled.seeds.get(compiled.seed_behind.get(uid, ""))
        origin = (sources or {}).get(item.name)
        if seed is not None and sources is None:
            path = literal(str(project / seed.path))
            origin = f"read_csv({path}, all_varchar = true, header = true)"
        if uid in chosen:
            text = f"create table {compiled.relations[uid]} as {_fill(item.columns, origin)}"
            found.append((item.table, "input", text))
    for uid, seed in compiled.seeds.items():
        if uid in chosen and uid not in compiled.seed_behind.values():
            path = literal(str(project / seed.path))
            text = f"create table {compiled.relations[uid]} as select * from read_csv({path})"
            found.append((seed.name, "input", text))
    return found


def _fill(columns: Sequence[Column], origin: str | None) -> str:
    """The columns of a raw contract, from a file that may lack some."""
    import duckdb

    there: set[str] = set()
    if origin:
        there = {row[0] for row in duckdb.execute(f"describe select * from {origin}").fetchall()}
    names = {c.name: _alias(c, there) for c in columns}
    casts = ", ".join(
        f'cast({names[c.name] or "null"} as {c.data_type}) as "{c.name}"' for c in columns
    )
    return f"select {casts} from {origin}" if origin else f"select {casts} where false"


def _alias(column: Column, there: set[str]) -> str:
    """The column of the file, quoted; empty when it has none."""
    aliases = column.meta.get("aliases")
    names = [column.name, *(aliases if isinstance(aliases, list) else [])]
    return next((f'"{name}"' for name in names if name in there), "")
