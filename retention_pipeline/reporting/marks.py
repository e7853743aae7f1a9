"""The parts of a chart: points and series, axes, lines, bands, and the look that all charts share.

Room:  tell. Imports nothing of ours.
In:    points with their colour, place and tip.  Out: pieces of Vega-Lite.

Colours are CSS variables of the page, so one drawing serves light, dark and paper. `tip` is the text of a
mark: the page shows it on hover. What is incomplete is hatched (bars) or hollow (points), never left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Spec = dict[str, Any]
Layer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Size:
    """A drawing's pixels."""

    width: int
    height: int


HALF, NARROW, SPARK = Size(520, 260), Size(340, 240), Size(300, 54)


@dataclass(frozen=True, slots=True)
class Point:
    """A value at a place. `low` and `high` are an interval; `partial` is what is not over yet."""

    x: str | float
    y: float | None
    tip: str
    low: float | None = None
    high: float | None = None
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """Points of one colour."""

    label: str
    color: int
    points: Sequence[Point]
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A bar of a bridge: where it begins and ends, and what stands above it."""

    label: str
    start: float
    end: float
    color: int
    text: str
    tip: str


@dataclass(frozen=True, slots=True)
class Axis:
    """How values are written on the axis that shows them."""

    format: str = "~s"
    zero: bool = True
    title: str | None = None
    whole: bool = False  # counts: no tick between two of them


PERCENT, COUNTS = Axis(".0%"), Axis("~s", whole=True)
MUTED, GRID, LINE = "var(--muted)", "var(--grid)", "var(--axis)"
CONFIG: Spec = {
    "background": None,
    "font": "sans-serif",
    "view": {"stroke": None},
    "axis": {
        "aria": False,
        "domain": False,
        "ticks": False,
        "gridColor": GRID,
        "labelColor": MUTED,
        "labelFontSize": 12,
        "labelPadding": 7,
        "titleColor": MUTED,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "titlePadding": 8,
    },
    "axisX": {"grid": False, "domain": True, "domainColor": LINE, "labelAngle": 0},
    "axisY": {"tickCount": 4, "labelLimit": 150},
    "aria": True,
}


def color(number: int) -> str:
    return f"var(--c{number})"


def fill(number: int, partial: bool) -> str:
    """A colour, or the same as a hatch of the page."""
    return f"url(#hatch-{number})" if partial else color(number)


def both(draw: Callable[[Size], Spec]) -> tuple[Spec, Spec]:
    """A drawing for wide screens and one for narrow ones."""
    return draw(HALF), draw(NARROW)


def ticks(labels: Sequence[str], width: int) -> list[str]:
    """As many labels as there is room for, evenly spaced, the last one always among them."""
    longest = max((len(label) for label in labels), default=1)
    most = max(int((width - 50) / (longest * 7 + 16)), 1)
    step = next((n for n in (1, 2, 3, 6, 12, 24, 48) if len(labels) <= n * most), 96)
    return [label for i, label in enumerate(labels) if (len(labels) - 1 - i) % step == 0]


def spec_of(size: Size, layers: list[Layer]) -> Spec:
    return {
        "width": size.width,
        "height": size.height,
        "autosize": {"type": "fit", "contains": "padding"},
        "padding": 2,
        "layer": layers,
        "config": CONFIG,
    }


def labels_of(series: Sequence[Series]) -> list[str]:
    return list(dict.fromkeys(str(p.x) for one in series for p in one.points))


def periods(labels: Sequence[str], size: Size, kind: str) -> Spec:
    padding = {"padding": 0.08} if kind == "point" else {"paddingInner": 0.22, "paddingOuter": 0.1}
    return {
        "field": "x",
        "type": "ordinal",
        "scale": {"type": kind, "domain": list(labels), **padding},
        "axis": {"title": None, "values": ticks(labels, size.width), "labelOverlap": False},
    }


def axis_of(axis: Axis) -> Spec:
    step = {"tickMinStep": 1} if axis.whole else {}
    return {"title": axis.title, "format": axis.format, **step}


def value_axis(axis: Axis, series: Sequence[Series] = ()) -> Spec:
    """The axis of values; where all of them are zero it runs from 0 to 1, with zero at its foot."""
    values = [p.y for one in series for p in one.points if p.y is not None]
    scale: Spec = {"zero": axis.zero, "nice": True}
    if values and axis.zero and not any(values):
        scale["domain"] = [0, 1]
    return {"field": "y", "type": "quantitative", "axis": axis_of(axis), "scale": scale}


def rows_of(points: Any) -> list[Spec]:
    return [{"x": p.x, "y": p.y, "tip": p.tip, "low": p.low, "high": p.high} for p in points]


def _interpolation(steps: bool) -> str:
    return "step-after" if steps else "linear"


def line(one: Series, rows: list[Spec], x: Spec, y: Spec, *, steps: bool = False) -> Layer:
    mark: Spec = {
        "type": "line",
        "color": color(one.color),
        "strokeWidth": 2.2,
        "strokeJoin": "round",
        "interpolate": _interpolation(steps),
        "aria": False,
    }
    if one.dashed:
        mark["strokeDash"] = [6, 4]
    mark["invalid"] = "break-paths-show-path-domains"  # a period without a base breaks the line
    return {"data": {"values": rows}, "mark": mark, "encoding": {"x": x, "y": y}}


def band(one: Series, x: Spec, y: Spec, *, steps: bool = False) -> list[Layer]:
    rows = rows_of(p for p in one.points if p.low is not None and p.high is not None)
    if not rows:
        return []
    mark = {
        "type": "area",
        "color": color(one.color),
        "opacity": 0.16,
        "interpolate": _interpolation(steps),
        "aria": False,
    }
    encoding = {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}
    return [{"data": {"values": rows}, "mark": mark, "encoding": encoding}]


def alone(points: Sequence[Point]) -> list[Point]:
    """Points with a value and no neighbour to draw a line to."""
    known = [False, *(p.y is not None for p in points), False]
    return [
        p for i, p in enumerate(points, 1) if known[i] and not known[i - 1] and not known[i + 1]
    ]


def dots(
    points: Sequence[Point], one: Series, x: Spec, y: Spec, inside: str = "var(--surface)"
) -> Layer:
    mark = {
        "type": "point",
        "fill": inside,
        "stroke": color(one.color),
        "strokeWidth": 1.8,
        "size": 46,
        "opacity": 1,
    }
    rows = rows_of(p for p in points if p.y is not None)
    encoding = {"x": x, "y": y, "description": {"field": "tip"}}
    return {"data": {"values": rows}, "mark": mark, "encoding": encoding}


def hits(one: Series, rows: list[Spec], x: Spec, y: Spec) -> Layer:
    """Points that are seen only under the pointer: they carry the tips of a line."""
    mark = {"type": "point", "filled": True, "size": 110, "color": color(one.color), "opacity": 0}
    encoding = {"x": x, "y": y, "description": {"field": "tip"}}
    return {"data": {"values": rows}, "mark": mark, "encoding": encoding}


def zero() -> Layer:
    return {
        "data": {"values": [{"zero": 0}]},
        "mark": {"type": "rule", "color": LINE, "aria": False},
        "encoding": {"y": {"field": "zero", "type": "quantitative"}},
    }
