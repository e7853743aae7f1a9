"""Read what is published over and over, as a BI tool does, and complain about every mixture.

`python -m tests.publishing.crash_reader WAREHOUSE STOP` reads until the file STOP is there, and
prints two numbers: reads of the DuckDB file and of Parquet together, and bad ones.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import duckdb

from tests.publishing.crash_shop import TABLES, Content

META = {"build_info", "test_results", "published_tables"}


def content_of(con: duckdb.DuckDBPyConnection, table: str) -> Content:
    """What is there, after a look at every row. `table` says how a mart is called in SQL."""
    expected = con.execute(f"select * from {table.format('expected')} order by k").fetchall()
    assert [row[0] for row in expected] == list(range(TABLES)), expected
    for k, g, n, code, _ in expected:
        more = ", min(code) = max(code) and min(code) = ?" if k == 0 else ", ? > 0"
        found = con.execute(
            f"select min(g), max(g), count(*), count(distinct id), bool_and(ok) {more}"
            f" from {table.format(f'm{k}')}",
            [code],
        ).fetchall()
        assert found == [(g, g, n, n, True, True)], (k, expected, found)
    content = Content(tuple(row[1] for row in expected), expected[0][3], expected[0][4])
    assert {row[3:] for row in expected} == {(content.code, content.extra)}, expected
    assert [row[2] for row in expected] == [content.rows(k) for k in range(TABLES)], expected
    extra = con.execute(f"select n from {table.format(f'extra_{content.extra}')}").fetchall()
    assert extra == [(content.rows(1),)], (content, extra)
    return content


def names(content: Content) -> set[str]:
    """The marts that there should be."""
    return {"expected", f"extra_{content.extra}", *(f"m{k}" for k in range(TABLES))}


def published(warehouse: Path) -> Content:
    """What a reader of the DuckDB file gets; AssertionError for a mixture."""
    with duckdb.connect(str(warehouse / "retention.duckdb"), read_only=True) as con:
        content = content_of(con, "marts.{}")
        there: Any = con.execute("select table_name from duckdb_tables()").fetchall()
        assert {name for (name,) in there} == names(content) | META, there
        told = con.execute("select table_name, rows from marts.published_tables").fetchall()
        for name, rows in told:
            assert con.execute(f"select count(*) from marts.{name}").fetchall() == [(rows,)], told
        failed = "select count(*) from marts.test_results where status = 'failed'"
        assert con.execute(failed).fetchall() == [(0,)]
    return content


def parquet(warehouse: Path) -> Content:
    """What a reader of Parquet gets who resolves `latest` once."""
    version = (warehouse / "parquet/latest").resolve(strict=True)
    with duckdb.connect() as con:
        content = content_of(con, f"'{version}/{{0}}/{{0}}.parquet'")
    assert {path.name for path in version.iterdir() if path.is_dir()} == names(content)
    return content


def main() -> None:
    """Read until told to stop."""
    warehouse, stop = map(Path, sys.argv[1:])
    reads = bad = 0
    while not stop.exists():
        for look in (published, parquet):
            reads += 1
            try:
                look(warehouse)
            except Exception as error:  # noqa: BLE001 - whatever a reader may meet counts
                bad += 1
                print(look.__name__, type(error).__name__, error, file=sys.stderr, flush=True)
        time.sleep(0.05)
    print(reads, bad)


if __name__ == "__main__":
    main()
