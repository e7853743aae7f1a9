"""Where columns come from and who reads them -> text, JSON, Mermaid.

Room:  tell. Imports lineage. Prints nothing.
In:    Traced: a node or a column, and the steps found.  Out: lines.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from retention_pipeline.lineage import Place, Step

_WIDEST = 100


@dataclass(frozen=True, slots=True)
class Traced:
    """What was asked and found. `rows`: what decides a node's rows, or whose rows a column decides."""

    node: str
    column: str | None
    up: bool
    steps: tuple[Step, ...]
    rows: tuple[str, ...]
    opaque: dict[str, str]  # unique id -> why


def as_text(found: Traced) -> list[str]:
    """A tree below a column; for a whole node one line a column."""
    if found.column is None:
        lines = _node_lines(found)
    else:
        start = Place(found.node, found.column)
        lines = [_name(start), *_branches(found, start, "", {start})]
    if found.rows:
        said = "rows decided by" if found.up else "decides the rows of"
        lines += ["", f"{said}: {', '.join(found.rows)}"]
    lines += [f"not certain: {_short(uid)} ({why})" for uid, why in sorted(found.opaque.items())]
    return lines


def _node_lines(found: Traced) -> list[str]:
    """`column <- where from`, or `column -> where to`; long expressions are cut."""
    arrow = "<-" if found.up else "->"
    near: dict[str, list[str]] = {}
    for step in found.steps:
        own, other = (step.into, step.of) if found.up else (step.of, step.into)
        near.setdefault(own.column, []).append(f"{_name(other)}{_mark(step)}")
    return [f"{column} {arrow} {', '.join(others)}" for column, others in near.items()]


def _branches(found: Traced, at: Place, indent: str, seen: set[Place]) -> Iterable[str]:
    """The steps at one column and, below each, the steps further on; a column is opened once."""
    arrow = "<-" if found.up else "->"
    for step in found.steps:
        here, there = (step.into, step.of) if found.up else (step.of, step.into)
        if here != at:
            continue
        text = f"{indent}  {arrow} {_name(there)}{_mark(step)}"
        yield text if there not in seen else f"{text} ..."
        if there not in seen:
            seen.add(there)
            yield from _branches(found, there, indent + "  ", seen)


def _mark(step: Step) -> str:
    if not step.is_certain:
        return " (perhaps)"
    if not step.way.carries:
        return " (decides)"
    if not step.expressions:
        return ""
    text = " ".join(step.expressions[0].split())
    return f" ({text if len(text) <= _WIDEST else text[: _WIDEST - 3] + '...'})"


def as_json(found: Traced) -> str:
    """Everything that is known, with unique ids."""
    document = {
        "node": found.node,
        "column": found.column,
        "direction": "up" if found.up else "down",
        "steps": [
            {
                "into": {"node": step.into.node, "column": step.into.column},
                "of": {"node": step.of.node, "column": step.of.column},
                "is_copy": step.is_copy,
                "carries": step.way.carries,
                "through": sorted(step.way.through),
                "expressions": list(step.expressions),
                "is_certain": step.is_certain,
            }
            for step in found.steps
        ],
        "rows": list(found.rows),
        "opaque": found.opaque,
    }
    return json.dumps(document, indent=1)


def as_mermaid(found: Traced) -> list[str]:
    """A flow chart from left to right; a dotted line where a column only decides."""
    places = dict.fromkeys(place for step in found.steps for place in (step.of, step.into))
    ids = {place: f"c{i}" for i, place in enumerate(places)}
    lines = ["flowchart LR"]
    lines += [f'  {key}["{_name(place)}"]' for place, key in ids.items()]
    for step in found.steps:
        if not step.way.carries:
            arrow = "-.->"
        elif step.way.through:
            arrow = f"-- {' '.join(sorted(step.way.through))} -->"
        else:
            arrow = "-->"
        lines.append(f"  {ids[step.of]} {arrow} {ids[step.into]}")
    return lines


def _name(place: Place) -> str:
    return f"{_short(place.node)}.{place.column}"


def _short(uid: str) -> str:
    """A node's name: raw.orders of 'source.shop.raw.orders'."""
    return uid.split(".", 2)[-1]
