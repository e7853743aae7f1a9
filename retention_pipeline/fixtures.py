"""Rows of a unit test as a list of mappings.

Room:  read. Imports errors, nodes.
In:    a Fixture of format dict or csv.  Out: rows; an empty CSV cell is NULL.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from retention_pipeline.errors import ProjectError
from retention_pipeline.nodes import Fixture


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
