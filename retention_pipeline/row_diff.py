"""Two lists of rows -> a readable table of what is missing and what is too much.

Room:  act. Imports nothing of ours.
In:    columns, expected and found rows.  Out: text, empty when they are equal as multisets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

Row = Sequence[Any]
_MOST = 20


def diff_rows(
    columns: Sequence[str],
    expected: Sequence[Row],
    found: Sequence[Row],
    *,
    same: Callable[[Row, Row], bool],
) -> str:
    """Compare without order. Rows that differ least are shown one under the other.

    A line starts with `-` (expected, not found), `+` (found, not expected) or `!` (values differ;
    a changed value reads `expected -> found`).
    """
    missing, extra = _unmatched(expected, found, same)
    if not missing and not extra:
        return ""
    lines: list[list[str]] = []
    while missing and extra:
        gap, i, j = min(
            (_gap(a, b), i, j) for i, a in enumerate(missing) for j, b in enumerate(extra)
        )
        if gap > len(columns) / 2:
            break
        lines.append(
            ["!", *(_change(a, b) for a, b in zip(missing.pop(i), extra.pop(j), strict=True))]
        )
    lines += [["-", *map(_show, row)] for row in missing]
    lines += [["+", *map(_show, row)] for row in extra]
    note = f"\n  and {len(lines) - _MOST} more" if len(lines) > _MOST else ""
    head = (
        f"{len(expected)} rows expected, {len(found)} found (- missing, + unexpected, ! changed)\n"
    )
    return head + _align([["", *columns], *lines[:_MOST]]) + note


def _unmatched(
    expected: Sequence[Row], found: Sequence[Row], same: Callable[[Row, Row], bool]
) -> tuple[list[Row], list[Row]]:
    extra = list(found)
    missing: list[Row] = []
    for row in expected:
        match = next((i for i, other in enumerate(extra) if same(row, other)), None)
        if match is None:
            missing.append(row)
        else:
            extra.pop(match)
    return missing, extra


def _gap(one: Row, other: Row) -> int:
    return sum(a != b for a, b in zip(one, other, strict=True))


def _show(value: Any) -> str:
    return "NULL" if value is None else str(value)


def _change(one: Any, other: Any) -> str:
    return _show(one) if one == other else f"{_show(one)} -> {_show(other)}"


def _align(rows: list[list[str]]) -> str:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(
        "  "
        + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
