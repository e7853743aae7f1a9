"""Cohort triangles: one row a cohort, one column a period after it.

Room:  tell. Imports blocks, parts, published, tables.
In:    rows of a cohort mart.  Out: Matrix: shares shaded, incomplete cells hatched, counts behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from retention_pipeline.reporting.blocks import Matrix, MatrixCell, MatrixRow
from retention_pipeline.reporting.tables import Row, Rows, exact, money, percent

MOST_COHORTS, MOST_COLUMNS = 24, 24
_CENSORED = (
    "◂ marks the first month of history: some of its customers are older than the data, "
    "so it is no true cohort."
)
_HATCHED = "Hatched cells are periods that are not over."


@dataclass(frozen=True, slots=True)
class Shape:
    """Which columns of a mart make a triangle.

    `value` is what a cell shows; `partial` what it shows, hatched, while its period runs; `count` what the
    table behind it shows. `share` gives the shade, 0 to 1; `tip` says the cell in words.
    """

    cohort: str
    label: Callable[[Any], str]
    size: str
    value: str
    partial: str | None
    count: str
    show: Callable[[Row, Any], str]
    count_text: Callable[[Row], str]
    tip: Callable[[Row], str]


@dataclass(frozen=True, slots=True)
class Words:
    name: str
    title: str
    reading: str
    source: str
    counts_caption: str
    key: str


def triangle(rows: Rows, shape: Shape, words: Words) -> Matrix:
    """The newest cohorts as a heat map; the first column is left out of the shading where it is 100%."""
    cohorts = _cohorts(rows, shape)
    width = min(max(len(cells) for cells in cohorts), MOST_COLUMNS + 1)
    top = _top(cohorts, shape, width)
    shown = [row for cells in cohorts for row in cells[:width]]
    left_out = len({row[shape.cohort] for row in rows}) - len(cohorts)
    notes = (
        _CENSORED if any(row.get("is_left_censored") for row in shown) else "",
        _HATCHED if any(row.get("is_complete") is False for row in shown) else "",
        f"The {len(cohorts)} newest of {len(cohorts) + left_out} cohorts." if left_out else "",
    )
    note = " ".join(filter(None, notes))
    heads = [str(i) for i in range(width)]
    return Matrix(
        words.name,
        words.title,
        words.reading,
        words.source,
        "Cohort",
        "Size",
        heads,
        [_row(cells[:width], shape, lambda row: _cell(row, shape, top)) for cells in cohorts],
        [_row(cells[:width], shape, lambda row: _count(row, shape)) for cells in cohorts],
        words.counts_caption,
        note,
        words.key,
    )


def _cohorts(rows: Rows, shape: Shape) -> list[list[Row]]:
    found: dict[Any, dict[int, Row]] = {}
    for row in rows:
        found.setdefault(row[shape.cohort], {})[int(row["period_number"])] = row
    newest = sorted(found)[-MOST_COHORTS:]
    return [[found[c][k] for k in sorted(found[c])] for c in newest]


def _shown(row: Row, shape: Shape) -> tuple[Any, bool]:
    """The value of a cell and whether its period runs still."""
    runs = row.get("is_complete") is False
    value = row[shape.partial] if runs and shape.partial else row[shape.value]
    return value, runs


def _top(cohorts: Iterable[Sequence[Row]], shape: Shape, width: int) -> float:
    values = [
        float(value)
        for cells in cohorts
        for row in cells[:width]
        if row["period_number"] and (value := _shown(row, shape)[0]) is not None
    ]
    return max(values, default=1.0) or 1.0


def _row(cells: Sequence[Row], shape: Shape, make: Callable[[Row], MatrixCell]) -> MatrixRow:
    first = cells[0]
    censored = first.get("is_left_censored") is True
    low = first.get("is_low_n") is True
    style = " ".join(s for s, holds in (("censored", censored), ("low-n", low)) if holds)
    head = shape.label(first[shape.cohort])
    return MatrixRow(head, f"{first[shape.size]:,}", [make(row) for row in cells], style)


def _cell(row: Row, shape: Shape, top: float) -> MatrixCell:
    value, runs = _shown(row, shape)
    style = "incomplete" if runs else ""
    if value is None:
        text = "" if runs else "–"
        return MatrixCell(text, "", f"{shape.tip(row)}", None, f"{style} none".strip())
    shade = min(max(float(value) / top, 0.0), 1.0)
    return MatrixCell(shape.show(row, value), exact(value), shape.tip(row), shade, style)


def _count(row: Row, shape: Shape) -> MatrixCell:
    value = row[shape.count]
    style = "incomplete" if row.get("is_complete") is False else ""
    if value is None:
        return MatrixCell("–", "", "", None, f"{style} none".strip())
    return MatrixCell(shape.count_text(row), exact(value), "", None, style)


def whole_percent(_: Row, value: Any) -> str:
    return percent(float(value), 0)


def rounded(row: Row, value: Any) -> str:
    return money(value, "", 0)


def so_far(row: Row) -> str:
    return ", period not over" if row.get("is_complete") is False else ""
