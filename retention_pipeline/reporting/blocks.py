"""What a section of the report is made of, as data: the page's template draws it.

Room:  tell. Imports tables.
In:    values.  Out: Tile, Figure, Matrix, Listing, Note, Section.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from retention_pipeline.reporting.tables import Table

Spec = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Legend:
    """One entry beside a chart: `mark` is bar, line, dash or band; `color` a number of the palette."""

    label: str
    color: int
    mark: str = "bar"


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart with its words and the table behind it. `wide` and `narrow` are Vega-Lite."""

    name: str
    title: str
    reading: str  # one sentence: what the chart says
    source: str  # mart.column, mart.column
    wide: Spec
    narrow: Spec
    table: Table
    legend: Sequence[Legend] = ()
    note: str = ""
    kind: str = field(default="figure", init=False)


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """A cell of a triangle or grid. `shade` is 0 to 1, None where there is nothing to shade."""

    text: str
    value: str
    tip: str = ""
    shade: float | None = None
    style: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class MatrixRow:
    head: str
    note: str
    cells: Sequence[MatrixCell]
    style: str = ""


@dataclass(frozen=True, slots=True)
class Matrix:
    """A heat map as an HTML table, with a second table of the counts behind it."""

    name: str
    title: str
    reading: str
    source: str
    corner: str
    note_head: str
    heads: Sequence[str]
    rows: Sequence[MatrixRow]
    counts: Sequence[MatrixRow] = ()
    counts_caption: str = ""
    note: str = ""
    key: str = "share"  # what the colour means
    form: str = "triangle"
    table: Table | None = None
    kind: str = field(default="matrix", init=False)


@dataclass(frozen=True, slots=True)
class Listing:
    """A table that is worth reading by itself."""

    name: str
    title: str
    reading: str
    source: str
    table: Table
    bars: Mapping[str, float] = field(default_factory=dict)  # column -> its greatest value
    folded: bool = False
    full: bool = False
    kind: str = field(default="listing", init=False)


@dataclass(frozen=True, slots=True)
class Note:
    """One line in place of what cannot be shown."""

    text: str
    kind: str = field(default="note", init=False)


@dataclass(frozen=True, slots=True)
class Tile:
    """A headline number: what, how much, since when, how sure."""

    name: str
    title: str
    value: str
    exact: str
    period: str
    completeness: str
    change: str
    tone: str  # good, bad or even
    meaning: str
    source: str
    trend: Spec | None
    trend_text: str
    table: Table | None
    is_complete: bool = True
    kind: str = field(default="tile", init=False)


@dataclass(frozen=True, slots=True)
class Section:
    """A question and what answers it."""

    name: str
    eyebrow: str
    title: str
    lede: str
    blocks: Sequence[Any]
    is_missing: bool = False
