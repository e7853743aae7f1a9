"""Charts as Vega-Lite specifications.

Room:  tell. Imports marks.
In:    series of points, or rows.  Out: a specification of one size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from retention_pipeline.reporting.marks import (
    LINE,
    NARROW,
    SPARK,
    Axis,
    Layer,
    Point,
    Series,
    Size,
    Spec,
    Step,
    alone,
    axis_of,
    band,
    color,
    dots,
    fill,
    hits,
    labels_of,
    line,
    periods,
    rows_of,
    spec_of,
    value_axis,
    zero,
)


def lines(series: Sequence[Series], axis: Axis, size: Size) -> Spec:
    """Lines over periods; an interval becomes a band, a partial last value a hollow point."""
    labels = labels_of(series)
    x = periods(labels, size, "point")
    y = value_axis(axis, series)
    layers: list[Layer] = []
    for one in series:
        whole = [p for p in one.points if not p.partial]
        layers += band(one, x, y)
        layers.append(line(one, rows_of(whole), x, y))
        layers.append(dots([p for p in one.points if p.partial], one, x, y))
        layers.append(dots(alone(whole), one, x, y, color(one.color)))
        layers.append(hits(one, rows_of(p for p in whole if p.y is not None), x, y))
    return spec_of(size, layers)


def curves(
    series: Sequence[Series], axis: Axis, size: Size, title: str, *, steps: bool = False
) -> Spec:
    """Lines over a number, such as months or days since; `steps` for a curve that falls by events."""
    x = {
        "field": "x",
        "type": "quantitative",
        "axis": {"title": title, "tickCount": 6, "format": "d"},
        "scale": {"nice": False},
    }
    y = value_axis(axis, series)
    layers: list[Layer] = []
    for one in series:
        rows = rows_of(p for p in one.points if p.y is not None)
        layers += band(one, x, y, steps=steps)
        layers.append(line(one, rows, x, y, steps=steps))
        layers.append(dots(alone(one.points), one, x, y, color(one.color)))
        layers.append(hits(one, rows, x, y))
    return spec_of(size, layers)


def bars(series: Sequence[Series], axis: Axis, size: Size) -> Spec:
    """Stacked bars over periods; what is below zero is stacked below it."""
    labels = labels_of(series)
    rows = [
        {"x": p.x, "y": p.y, "order": i, "fill": fill(one.color, p.partial), "tip": p.tip}
        for i, one in enumerate(series)
        for p in one.points
        if p.y
    ]
    broad = {"width": 64} if len(labels) * 90 < size.width else {}
    layer = {
        "data": {"values": rows},
        "mark": {"type": "bar", "stroke": "var(--surface)", "strokeWidth": 1, **broad},
        "encoding": {
            "x": periods(labels, size, "band"),
            "y": {**value_axis(axis, series), "stack": "zero"},
            "fill": {"field": "fill", "type": "nominal", "scale": None},
            "order": {"field": "order", "type": "quantitative"},
            "description": {"field": "tip"},
        },
    }
    return spec_of(size, [layer, zero()])


def bridge_floor(steps: Sequence[Step]) -> float:
    """Where the axis of a bridge begins: at zero, unless the movements would be too small to see."""
    inner = [value for step in steps[1:-1] for value in (step.start, step.end)]
    if not inner or min(inner) <= 0:
        return 0.0
    return max(0.0, min(inner) - 1.5 * (max(inner) - min(inner)))


def bridge(steps: Sequence[Step], axis: Axis, size: Size) -> Spec:
    """Floating bars: what led from the first to the last."""
    floor = bridge_floor(steps)
    rows = [
        {
            "x": step.label,
            "y": max(step.start, floor),
            "y2": step.end,
            "top": max(step.start, step.end),
            "fill": color(step.color),
            "tip": step.tip,
            "text": step.text,
        }
        for step in steps
    ]
    links = [{"x": one.label, "x2": two.label, "y": one.end} for one, two in pairwise(steps)]
    x: Spec = {
        "field": "x",
        "type": "ordinal",
        "scale": {
            "domain": [step.label for step in steps],
            "paddingInner": 0.3,
            "paddingOuter": 0.1,
        },
        "axis": {
            "title": None,
            "labelAngle": 0 if size.width > NARROW.width else -40,
            "labelOverlap": False,
            "labelFontSize": 11,
        },
    }
    scale: Spec = {"zero": floor == 0, "nice": True}
    if floor:
        scale["domainMin"] = floor
    y = {"field": "y", "type": "quantitative", "scale": scale, "axis": axis_of(axis)}
    link = {"type": "rule", "color": LINE, "strokeDash": [2, 2], "aria": False}
    text = {"type": "text", "dy": -8, "color": "var(--ink)", "fontSize": 11, "aria": False}
    layers: list[Layer] = [
        {
            "data": {"values": links},
            "mark": link,
            "encoding": {"x": x, "x2": {"field": "x2"}, "y": y},
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
        {
            "data": {"values": rows},
            "mark": text,
            "encoding": {
                "x": x,
                "y": {**y, "field": "top"},
                "text": {"field": "text", "type": "nominal"},
            },
        },
    ]
    return spec_of(size, layers)


def ranges(rows: Sequence[Mapping[str, Any]], size: Size, title: str, number: int = 1) -> Spec:
    """A box from p25 to p75 with the median, and a thin line on to p90, for each label."""
    labels = [str(row["x"]) for row in rows]
    x = periods(labels, size, "band")
    data = {"values": [dict(row) for row in rows]}

    def y(name: str) -> Spec:
        return {"field": name, "type": "quantitative", "axis": axis_of(Axis("d", title=title))}

    tip = {"description": {"field": "tip"}}
    return {
        **spec_of(size, []),
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
    labels = labels_of(series)
    room, font = (200, 12) if size.width > NARROW.width else (150, 11)
    y = {
        "field": "x",
        "type": "nominal",
        "scale": {"domain": labels, "padding": 0.5},
        "axis": {
            "title": None,
            "labelLimit": room - 16,
            "labelFontSize": font,
            "minExtent": min(room, 24 + 7 * max((len(label) for label in labels), default=0)),
            "grid": True,
            "labelColor": "var(--ink)",
        },
    }
    x = {
        "field": "y",
        "type": "quantitative",
        "axis": {
            **axis_of(axis),
            "grid": False,
            "domain": True,
            "tickCount": 4,
            "labelSeparation": 8,
        },
        "scale": {"zero": True},
    }
    layers: list[Layer] = [
        {
            "data": {"values": [{"zero": 0}]},
            "mark": {"type": "rule", "color": LINE, "strokeDash": [4, 3], "aria": False},
            "encoding": {"x": {"field": "zero", "type": "quantitative"}},
        }
    ]
    for one in series:
        rows = rows_of(p for p in one.points if p.y is not None)
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
    return spec_of(Size(size.width, height), layers)


def spark(points: Sequence[Point], number: int = 1) -> Spec:
    """A trend without axes: the line, its last point, and a hollow one for what is not over."""
    labels = [str(p.x) for p in points]
    x = periods(labels, SPARK, "point")
    x["axis"] = None
    y: Spec = {"field": "y", "type": "quantitative", "axis": None, "scale": {"zero": False}}
    one = Series("", number, points)
    whole = rows_of(p for p in points if p.y is not None and not p.partial)
    layers = [
        line(one, whole, x, y),
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
        dots([p for p in points if p.partial], one, x, y),
    ]
    spec = spec_of(SPARK, layers)
    spec["padding"] = {"left": 5, "right": 5, "top": 5, "bottom": 5}
    return spec
