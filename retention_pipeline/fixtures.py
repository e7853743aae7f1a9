"""Rows of a unit test as a list of mappings.

Room:  read. Imports errors, nodes.
In:    a Fixture of format dict or csv.  Out: rows; an empty CSV cell is NULL.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

from retention_pipeline.errors import ProjectError
from retention_pipeline.nodes import Fixture

_FORMS = {
    kind: re.compile(form + r"\Z", re.IGNORECASE)
    for kind, form in {
        "boolean": "true|false",
        "bigint": r"[+-]?(0|[1-9]\d{0,17})",
        "double": r"[+-]?((0|[1-9]\d*)(\.\d*)?|\.\d+)(e[+-]?\d+)?",
        "date": r"\d{4}-\d\d-\d\d",
        "timestamp": r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d+)?)?)?",
    }.items()
}


def fixture_rows(fixture: Fixture) -> list[dict[str, Any]]:
    """The rows of a dict or CSV fixture. Raises ProjectError at the fixture's place."""
    if fixture.rows is None:
        return []
    if fixture.format == "csv":
        return _csv_rows(str(fixture.rows), fixture)
    if not isinstance(fixture.rows, list):
        raise ProjectError("rows must be a list", at=fixture.at)
    rows = []
    for row in fixture.rows:
        if not isinstance(row, Mapping):
            raise ProjectError("each row must be a mapping (column: value)", at=fixture.at)
        rows.append(dict(row))
    return rows


def guessed_types(rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Column -> the first type that holds all its values, for a table whose types nobody knows."""
    columns = dict.fromkeys(name for row in rows for name in row)
    found = {}
    for name in columns:
        values = [str(row[name]) for row in rows if row.get(name) is not None]
        kinds = (kind for kind, form in _FORMS.items() if all(map(form.match, values)))
        found[name] = next(kinds, "varchar") if values else "varchar"
    return found


def _csv_rows(text: str, fixture: Fixture) -> list[dict[str, Any]]:
    reader = csv.reader(io.StringIO(text.strip(), newline=""), skipinitialspace=True)
    lines = [cells for cells in reader if len(cells) > 1 or "".join(cells).strip()]
    if not lines:
        return []
    header = [name.strip() for name in lines[0]]
    for name in header:
        if header.count(name) > 1:
            raise ProjectError(f"the rows have the column '{name}' twice", at=fixture.at)
    rows = []
    for number, cells in enumerate(lines[1:], 1):
        if len(cells) != len(header):
            raise ProjectError(
                f"row {number} has {len(cells)} values for {len(header)} columns", at=fixture.at
            )
        values = (cell.strip() for cell in cells)
        rows.append({k: (v if v != "" else None) for k, v in zip(header, values, strict=True)})
    return rows
