"""What lineage says is not read can be anything: the database itself is the judge.

A column that a query does not read is filled with other values, tables get columns that nobody
names and another order of columns; the result must not change. And neither must one output column
when only columns change that neither carry it nor decide rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from random import Random

import duckdb
from hypothesis import event, given
from hypothesis import strategies as st

from retention_pipeline.columns import Flow, OpaqueQuery, flow
from retention_pipeline.reads import NAMES, ROWS
from tests.properties.random_queries import TABLES, Writer

Rows = list[tuple[int | None, ...]]
MANY = 5  # queries an example: one takes about 40 ms


def fill(
    con: duckdb.DuckDBPyConnection, tables: Mapping[str, Sequence[str]], rows: Mapping[str, Rows]
) -> None:
    """(Re)make the tables; a column that `rows` has no value for is new and full of nines."""
    for name, columns in tables.items():
        con.execute(
            f"create or replace table s.{name} ({', '.join(f'{c} integer' for c in columns)})"
        )
        known = TABLES[name]
        for row in rows[name]:
            values = [row[known.index(c)] if c in known else 9 for c in columns]
            shown = ", ".join("null" if v is None else str(v) for v in values)
            con.execute(f"insert into s.{name} values ({shown})")


def answer(con: duckdb.DuckDBPyConnection, sql: str) -> tuple[list[str], list[str]] | None:
    """Column names and rows in no order; None for a query that DuckDB refuses."""
    try:
        done = con.execute(sql)
        return [d[0] for d in done.description or []], sorted(map(repr, done.fetchall()))
    except duckdb.Error:
        return None


def some_rows(random: Random, width: int) -> Rows:
    cells = [None, 0, 1, 1, 2, 3]
    return [tuple(random.choice(cells) for _ in range(width)) for _ in range(random.randint(0, 6))]


def changed(
    random: Random, rows: Mapping[str, Rows], kept: Iterable[tuple[str, str]]
) -> dict[str, Rows]:
    """The same number of rows; every column that is not kept has other values."""
    kept = set(kept)
    return {
        name: [
            tuple(
                value if (name, column) in kept else random.choice([None, 0, 1, 2, 7])
                for column, value in zip(TABLES[name], row, strict=True)
            )
            for row in rows[name]
        ]
        for name in rows
    }


def check(con: duckdb.DuckDBPyConnection, random: Random, sql: str) -> str:
    rows = {name: some_rows(random, len(columns)) for name, columns in TABLES.items()}
    fill(con, TABLES, rows)
    before = answer(con, sql)
    if before is None:
        return "refused by the database"
    try:
        found = flow(sql, lambda schema, name: TABLES.get(name) if schema == "s" else None)
    except OpaqueQuery:
        return "opaque"
    assert [c.name for c in found.columns] == before[0], sql
    _same_when_nobody_reads(con, random, sql, rows, found, before)
    for column in found.columns:
        _same_column(con, random, sql, rows, found, column.name)
    return "checked"


def _same_when_nobody_reads(
    con: duckdb.DuckDBPyConnection,
    random: Random,
    sql: str,
    rows: Mapping[str, Rows],
    found: Flow,
    before: tuple[list[str], list[str]],
) -> None:
    reads = {(leaf.table, leaf.column) for leaf in found.reads()}
    tables = {
        name: columns if (name, NAMES) in reads else ("new_one", *reversed(columns), "new_two")
        for name, columns in TABLES.items()
    }
    others = changed(random, rows, reads)
    for name in others:
        if (name, ROWS) not in reads:
            others[name] = some_rows(random, len(TABLES[name]))
    fill(con, tables, others)
    assert answer(con, sql) == before, f"{sql}\n{sorted(reads)}\n{rows}\n{others}"


def _same_column(
    con: duckdb.DuckDBPyConnection,
    random: Random,
    sql: str,
    rows: Mapping[str, Rows],
    found: Flow,
    name: str,
) -> None:
    one = f'select "{name}" from ({sql}) as whole'
    fill(con, TABLES, rows)
    before = answer(con, one)
    reads = {(leaf.table, leaf.column) for leaf in found.reads([name])}
    fill(con, TABLES, changed(random, rows, reads))
    assert answer(con, one) == before, f"{one}\n{sorted(reads)}\n{rows}"


@given(st.integers(0, 2**40))
def test_what_is_not_read_can_be_anything(seed: int) -> None:
    random = Random(seed)
    with duckdb.connect(config={"threads": 1}) as con:
        con.execute("create schema s")
        for _ in range(MANY):
            event(check(con, random, Writer(random).query()))
