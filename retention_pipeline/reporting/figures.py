"""Charts as Vega-Lite specifications.

Room:  tell. Imports nothing of ours.
In:    points with their colour, place and tip.  Out: specifications, one for wide and one for narrow screens.

Colours are CSS variables of the page, so one drawing serves light, dark and paper. `tip` is the text of a
mark: the page shows it on hover. What is incomplete is hatched (bars) or hollow (points), never left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Spec = dict[str, Any]
Layer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Size:
    """A drawing's pixels, and how many labels its lower axis holds."""

    width: int
    height: int
    ticks: int


WIDE, NARROW = Size(680, 250, 8), Size(340, 230, 4)
HALF, SPARK = Size(520, 250, 6), Size(220, 46, 0)


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
class Axis:
    """How values are written on the axis that shows them."""

    format: str = "~s"
    zero: bool = True
    title: str | None = None


PERCENT = Axis(".0%")
_MUTED, _GRID, _LINE = "var(--muted)", "var(--grid)", "var(--axis)"
_CONFIG: Spec = {
    "background": None,
    "font": "sans-serif",
    "view": {"stroke": None},
    "axis": {
        "aria": False,
        "domain": False,
        "ticks": False,
        "gridColor": _GRID,
        "labelColor": _MUTED,
        "labelFontSize": 12,
        "labelPadding": 7,
        "titleColor": _MUTED,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "titlePadding": 8,
    },
    "axisX": {"grid": False, "domain": True, "domainColor": _LINE, "labelAngle": 0},
    "axisY": {"tickCount": 4, "labelLimit": 150},
    "aria": True,
}


def color(number: int) -> str:
    return f"var(--c{number})"


def fill(number: int, partial: bool) -> str:
    """A colour, or the same as a hatch of the page."""
    return f"url(#hatch-{number})" if partial else color(number)


def both(
    draw: Callable[[Size], Spec], wide: Size = WIDE, narrow: Size = NARROW
) -> tuple[Spec, Spec]:
    """A drawing for wide screens and one for narrow ones."""
    return draw(wide), draw(narrow)


def ticks(labels: Sequence[str], most: int) -> list[str]:
    """At most so many labels, evenly spaced, the last one always among them."""
    if most <= 0:
        return []
    step = next((n for n in (1, 2, 3, 6, 12, 24, 48) if len(labels) <= n * most), 96)
    return [label for i, label in enumerate(labels) if (len(labels) - 1 - i) % step == 0]


def lines(series: Sequence[Series], axis: Axis, size: Size) -> Spec:
    """Lines over periods; an interval becomes a band, a partial last value a hollow point."""
    labels = _labels(series)
    x = _periods(labels, size, "point")
    y = _value_axis(axis)
    layers: list[Layer] = []
    for one in series:
        whole = _rows(p for p in one.points if p.y is not None and not p.partial)
        layers += _band(one, x, y)
        layers.append(_line(one, whole, x, y))
        layers.append(_dots([p for p in one.points if p.partial], one, x, y))
        layers.append(_hits(one, whole, x, y))
    return _spec(size, layers)


def curves(
    series: Sequence[Series], axis: Axis, size: Size, title: str, *, steps: bool = False
) -> Spec:
    """Lines over a number, such as months or days since; `steps` for a curve that falls by events."""
    x = {
        "field": "x",
        "type": "quantitative",
        "axis": {"title": title, "tickCount": size.ticks, "format": "d"},
        "scale": {"nice": False},
    }
    y = _value_axis(axis)
    layers: list[Layer] = []
    for one in series:
        rows = _rows(p for p in one.points if p.y is not None)
        layers += _band(one, x, y, steps=steps)
        layers.append(_line(one, rows, x, y, steps=steps))
        layers.append(_hits(one, rows, x, y))
    return _spec(size, layers)


def bars(series: Sequence[Series], axis: Axis, size: Size) -> Spec:
    """Stacked bars over periods; what is below zero is stacked below it."""
    labels = _labels(series)
    rows = [
        {"x": p.x, "y": p.y, "order": i, "fill": fill(one.color, p.partial), "tip": p.tip}
        for i, one in enumerate(series)
        for p in one.points
        if p.y
    ]
    layer = {
        "data": {"values": rows},
        "mark": {"type": "bar", "stroke": "var(--surface)", "strokeWidth": 1},
        "encoding": {
            "x": _periods(labels, size, "band"),
            "y": {**_value_axis(axis), "stack": "zero"},
            "fill": {"field": "fill", "type": "nominal", "scale": None},
            "order": {"field": "order", "type": "quantitative"},
            "description": {"field": "tip"},
        },
    }
    return _spec(size, [layer, _zero()])


def bridge(steps: Sequence[tuple[str, float, float, int, str]], axis: Axis, size: Size) -> Spec:
    """Floating bars (label, from, to, colour, tip): what led from the first to the last."""
    rows = [
        {"x": label, "y": start, "y2": end, "fill": color(number), "tip": tip, "text": text}
        for (label, start, end, number, tip), text in zip(
            steps, [tip.rpartition(": ")[2] for *_, tip in steps], strict=True
        )
    ]
    links = [
        {"x": one[0], "x2": two[0], "y": one[2]} for one, two in zip(steps, steps[1:], strict=False)
    ]
    names = [label for label, *_ in steps]
    x: Spec = {
        "field": "x",
        "type": "ordinal",
        "scale": {"domain": names, "paddingInner": 0.35, "paddingOuter": 0.15},
        "axis": {
            "title": None,
            "labelAngle": 0 if size.width > 400 else -40,
            "labelOverlap": False,
        },
    }
    low = min(min(start, end) for _, start, end, *_ in steps[1:-1] or steps)
    high = max(max(start, end) for _, start, end, *_ in steps)
    floor = max(0.0, low - (high - low) * 1.5) if low > 0 else None
    scale: Spec = {"zero": False, "nice": True}
    if floor is not None:
        scale = {"domainMin": floor, "zero": False, "nice": True, "clamp": True}
    y = {"field": "y", "type": "quantitative", "scale": scale, "axis": _axis(axis)}
    layers: list[Layer] = [
        {
            "data": {"values": links},
            "mark": {"type": "rule", "color": _LINE, "strokeDash": [2, 2], "aria": False},
            "encoding": {"x": {**x, "field": "x"}, "x2": {"field": "x2"}, "y": y},
        },
        {
            "data": {"values": rows},
            "mark": {"type": "bar"},
            "encoding": {
                "x": x,
                "y": y,
                "y2": {"field": "y2"},
                "fill": {"field": "fill", "type": "nominal", "scale": None},
                "description": {"field": "tip"},
            },
        },
    ]
    return _spec(size, layers)


def ranges(rows: Sequence[Mapping[str, Any]], size: Size, title: str, number: int = 1) -> Spec:
    """A box from p25 to p75 with the median, and a thin line on to p90, for each label."""
    labels = [str(row["x"]) for row in rows]
    x = _periods(labels, Size(size.width, size.height, 12), "band")
    data = {"values": [dict(row) for row in rows]}

    def y(name: str) -> Spec:
        return {"field": name, "type": "quantitative", "axis": _axis(Axis("d", title=title))}

    tip = {"description": {"field": "tip"}}
    return {
        **_spec(size, []),
        "data": data,
        "layer": [
            {
                "mark": {"type": "rule", "color": color(number), "opacity": 0.55, "aria": False},
                "encoding": {"x": x, "y": y("p75"), "y2": {"field": "p90"}},
            },
            {
                "mark": {"type": "tick", "color": color(number), "width": 10, "aria": False},
                "encoding": {"x": x, "y": y("p90")},
            },
            {
                "mark": {"type": "bar", "color": color(number), "opacity": 0.32},
                "encoding": {"x": x, "y": y("p25"), "y2": {"field": "p75"}, **tip},
            },
            {
                "mark": {
                    "type": "tick",
                    "color": color(number),
                    "thickness": 3,
                    "aria": False,
                    "width": {"band": 0.8},
                },
                "encoding": {"x": x, "y": y("p50")},
            },
        ],
    }


def forest(series: Sequence[Series], axis: Axis, size: Size) -> Spec:
    """One line per label: the estimate and its interval, against the line of no effect."""
    labels = _labels(series)
    y = {
        "field": "x",
        "type": "nominal",
        "scale": {"domain": labels, "padding": 0.5},
        "axis": {
            "title": None,
            "labelLimit": 220 if size.width > 400 else 112,
            "grid": True,
            "labelColor": "var(--ink)",
        },
    }
    x = {
        "field": "y",
        "type": "quantitative",
        "axis": {**_axis(axis), "grid": False, "domain": True, "tickCount": 5},
        "scale": {"zero": True},
    }
    layers: list[Layer] = [
        {
            "data": {"values": [{"zero": 0}]},
            "mark": {"type": "rule", "color": _LINE, "strokeDash": [4, 3], "aria": False},
            "encoding": {"x": {"field": "zero", "type": "quantitative"}},
        }
    ]
    for one in series:
        rows = _rows(p for p in one.points if p.y is not None)
        data = {"values": rows}
        layers += [
            {
                "data": data,
                "mark": {
                    "type": "rule",
                    "color": color(one.color),
                    "strokeWidth": 2.5,
                    "opacity": 0.55,
                    "aria": False,
                },
                "encoding": {"y": y, "x": {**x, "field": "low"}, "x2": {"field": "high"}},
            },
            {
                "data": data,
                "mark": {
                    "type": "point",
                    "filled": True,
                    "size": 95,
                    "color": color(one.color),
                    "opacity": 1,
                },
                "encoding": {"y": y, "x": x, "description": {"field": "tip"}},
            },
        ]
    height = 46 + 34 * max(len(labels), 1)
    return _spec(Size(size.width, height, size.ticks), layers)


def spark(points: Sequence[Point], number: int = 1) -> Spec:
    """A trend without axes: the line, its last point, and a hollow one for what is not over."""
    labels = [str(p.x) for p in points]
    x = _periods(labels, SPARK, "point")
    x["axis"] = None
    y: Spec = {"field": "y", "type": "quantitative", "axis": None, "scale": {"zero": False}}
    one = Series("", number, points)
    whole = _rows(p for p in points if p.y is not None and not p.partial)
    layers = [
        _line(one, whole, x, y),
        {
            "data": {"values": whole[-1:]},
            "mark": {
                "type": "point",
                "filled": True,
                "size": 42,
                "color": color(number),
                "opacity": 1,
                "aria": False,
            },
            "encoding": {"x": x, "y": y},
        },
        _dots([p for p in points if p.partial], one, x, y),
    ]
    spec = _spec(SPARK, layers)
    spec["padding"] = {"left": 5, "right": 5, "top": 5, "bottom": 5}
    return spec


# -- parts ----------------------------------------------------------------------------------------
def _spec(size: Size, layers: list[Layer]) -> Spec:
    return {
        "width": size.width,
        "height": size.height,
        "autosize": {"type": "fit", "contains": "padding"},
        "padding": 2,
        "layer": layers,
        "config": _CONFIG,
    }


def _labels(series: Sequence[Series]) -> list[str]:
    return list(dict.fromkeys(str(p.x) for one in series for p in one.points))


def _periods(labels: Sequence[str], size: Size, kind: str) -> Spec:
    padding = {"padding": 0.08} if kind == "point" else {"paddingInner": 0.22, "paddingOuter": 0.1}
    return {
        "field": "x",
        "type": "ordinal",
        "scale": {"type": kind, "domain": list(labels), **padding},
        "axis": {"title": None, "values": ticks(labels, size.ticks), "labelOverlap": False},
    }


def _axis(axis: Axis) -> Spec:
    return {"title": axis.title, "format": axis.format}


def _value_axis(axis: Axis) -> Spec:
    return {
        "field": "y",
        "type": "quantitative",
        "axis": _axis(axis),
        "scale": {"zero": axis.zero, "nice": True},
    }


def _rows(points: Any) -> list[Spec]:
    return [{"x": p.x, "y": p.y, "tip": p.tip, "low": p.low, "high": p.high} for p in points]


def _interpolation(steps: bool) -> str:
    return "step-after" if steps else "linear"


def _line(one: Series, rows: list[Spec], x: Spec, y: Spec, *, steps: bool = False) -> Layer:
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
    return {"data": {"values": rows}, "mark": mark, "encoding": {"x": x, "y": y}}


def _band(one: Series, x: Spec, y: Spec, *, steps: bool = False) -> list[Layer]:
    rows = _rows(p for p in one.points if p.low is not None and p.high is not None)
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


def _dots(points: Sequence[Point], one: Series, x: Spec, y: Spec) -> Layer:
    mark = {
        "type": "point",
        "fill": "var(--surface)",
        "stroke": color(one.color),
        "strokeWidth": 1.8,
        "size": 46,
        "opacity": 1,
    }
    rows = _rows(p for p in points if p.y is not None)
    encoding = {"x": x, "y": y, "description": {"field": "tip"}}
    return {"data": {"values": rows}, "mark": mark, "encoding": encoding}


def _hits(one: Series, rows: list[Spec], x: Spec, y: Spec) -> Layer:
    """Points that are seen only under the pointer: they carry the tips of a line."""
    mark = {"type": "point", "filled": True, "size": 110, "color": color(one.color), "opacity": 0}
    encoding = {"x": x, "y": y, "description": {"field": "tip"}}
    return {"data": {"values": rows}, "mark": mark, "encoding": encoding}


def _zero() -> Layer:
    return {
        "data": {"values": [{"zero": 0}]},
        "mark": {"type": "rule", "color": _LINE, "aria": False},
        "encoding": {"y": {"field": "zero", "type": "quantitative"}},
    }
