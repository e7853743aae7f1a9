"""Tables of a report against the marts they were made from."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import duckdb

from tests.report.pages import Cell, Table

# Tables that add rows up; each has a test of its own.
DERIVED = {"rfm-grid-data", "rfm-segments", "lifecycle-stages", "warning-signs", "curve-order"}
DERIVED |= {"curve-event", "freshness", "tables"}


def check_table(con: duckdb.DuckDBPyConnection, table: Table) -> int:
    """Every row of the table is, to the last digit, a row of its mart."""
    names = ", ".join(f'"{name}"' for name in table.columns)
    found = con.execute(f"select {names} from marts.{table.mart}").fetchall()
    there = {tuple(map(as_text, row)) for row in found}
    for row in table.body:
        assert tuple(cell.value for cell in row) in there, f"{table.name}: not in {table.mart}"
    return len(table.body)


def as_text(value: Any) -> str | None:
    """A value as its shortest exact text."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:f}" if isinstance(value, Decimal) else repr(value)


def triangle(table: Table) -> dict[tuple[str, int], Cell]:
    heads = [cell.text for cell in table.rows[0]]
    return {
        (datetime.strptime(row[0].text, "%b %Y").strftime("%Y-%m-%d"), int(heads[at])): row[at]  # noqa: DTZ007
        for row in table.body
        for at in range(2, len(row))
    }
