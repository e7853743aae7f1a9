"""dbt-core itself, in an environment of its own, and what it leaves behind.

dbt is found at RETENTION_DBT, in .venv-dbt (`make dbt` installs it there), or beside this Python.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.conftest import CHECKOUT

SALT = "0123456789abcdef0123456789abcdef"
_PLACES = (CHECKOUT / ".venv-dbt/bin/dbt", Path(sys.executable).with_name("dbt"))
_OURS_ALONE = ("pipeline_state", "information_schema", "pg_catalog")

Rows = Counter[str]


@dataclass(frozen=True)
class Table:
    """Columns with their types, in order, and how often each row is there."""

    columns: tuple[tuple[str, str], ...]
    rows: Rows


def find_dbt() -> Path | None:
    """The dbt to compare with, None where there is none."""
    given = os.environ.get("RETENTION_DBT")
    places = (Path(given),) if given else _PLACES
    return next((place.absolute() for place in places if place.is_file()), None)


needs_dbt = pytest.mark.skipif(
    find_dbt() is None, reason="dbt is not installed: `make dbt`, or set RETENTION_DBT"
)


def run_dbt(root: Path, *argv: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """One command of dbt on the project in `root`, whose profiles.yml is used."""
    dbt = find_dbt()
    assert dbt is not None
    return subprocess.run(
        [str(dbt), "--no-use-colors", *argv, "--profiles-dir", str(root)],
        cwd=root,
        env={**os.environ, "DO_NOT_TRACK": "1", "DBT_SEND_ANONYMOUS_USAGE_STATS": "0", **environ},
        capture_output=True,
        text=True,
        timeout=1500,
        check=False,
    )


def results_of_dbt(root: Path) -> dict[str, str]:
    """unique id -> status of dbt's last run."""
    document = json.loads((root / "target/run_results.json").read_text())
    return {result["unique_id"]: result["status"] for result in document["results"]}


def tables(database: Path, *schemas: str) -> dict[tuple[str, str], Table]:
    """Every relation of a database, or of some schemas of it."""
    with duckdb.connect(str(database), read_only=True) as con:
        con.execute(f"set variable retention_salt = '{SALT}'")
        names = con.execute(
            "select table_schema, table_name from information_schema.tables order by all"
        ).fetchall()
        return {
            (schema, name): _table(con, f'from "{schema}"."{name}"')
            for schema, name in names
            if (schema in schemas if schemas else schema not in _OURS_ALONE)
        }


def _table(con: duckdb.DuckDBPyConnection, query: str) -> Table:
    done = con.execute(query)
    columns = tuple((str(d[0]), str(d[1])) for d in done.description or ())
    return Table(columns, Counter(map(repr, done.fetchall())))


def difference(theirs: dict[Any, Table], ours: dict[Any, Table]) -> list[str]:
    """One line for each relation that is not the same in both; the rows that differ, by example."""
    lines = [f"{name} only with dbt" for name in theirs.keys() - ours.keys()]
    lines += [f"{name} only with pipeline" for name in ours.keys() - theirs.keys()]
    for name in theirs.keys() & ours.keys():
        a, b = theirs[name], ours[name]
        if a.columns != b.columns:
            lines.append(f"{name} columns: dbt {a.columns}, pipeline {b.columns}")
        elif a.rows != b.rows:
            more, less = a.rows - b.rows, b.rows - a.rows
            lines.append(
                f"{name}: {more.total()} rows only with dbt, as {next(iter(more), '')};"
                f" {less.total()} only with pipeline, as {next(iter(less), '')}"
            )
    return sorted(lines)
