"""Rows -> a text table.

Room:  tell. Imports nothing of ours.
In:    column names and rows.  Out: aligned text; numbers to the right, NULL spelt out.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

_WIDEST = 60
# Line breaks would tear the table apart, escape codes would reach the terminal.
_CONTROLS = dict.fromkeys([*range(32), *range(127, 160)], " ")


def text_table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A table with a header line and a rule; long cells are cut."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max([len(name), *(len(row[i]) for row in cells)]) for i, name in enumerate(columns)]
    right = [bool(rows) and all(_is_number(row[i]) for row in rows) for i in range(len(columns))]
    lines = [_join(columns, widths, right), "-+-".join("-" * width for width in widths)]
    lines += [_join(row, widths, right) for row in cells]
    return "\n".join(line.rstrip() for line in lines)


def _cell(value: Any) -> str:
    if value is None:
        return "NULL"
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    text = text.translate(_CONTROLS)
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"


def _is_number(value: Any) -> bool:
    return value is None or (
        isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)
    )


def _join(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    return " | ".join(
        cell.rjust(width) if is_right else cell.ljust(width)
        for cell, width, is_right in zip(cells, widths, right, strict=True)
    )
