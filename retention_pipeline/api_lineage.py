"""Column lineage for the command line and for Python callers.

Room:  edge. Imports api, binder, lineage, lineage_report.
In:    a project, the name of a node or column.  Out: Lineage, Traced; CommandError for unknown names.
"""

from __future__ import annotations

from retention_pipeline.api import Options, compile_
from retention_pipeline.compiled import Compiled
from retention_pipeline.errors import CommandError, did_you_mean
from retention_pipeline.lineage import Lineage, Place
from retention_pipeline.lineage_report import Traced

_KINDS = ("model", "seed", "source")


def open_lineage(options: Options) -> Lineage:
    """The project's columns; binds every model in memory and needs no database."""
    compiled = compile_(options)
    from retention_pipeline.binder import bind

    return Lineage(compiled, bind(compiled))


def trace(options: Options, name: str, *, up: bool = True) -> Traced:
    """Where a column comes from or goes to; for a node alone, one step for each of its columns."""
    return traced(open_lineage(options), name, up=up)


def traced(lineage: Lineage, name: str, *, up: bool = True) -> Traced:
    """The same in a project whose columns are known."""
    node, column = _find(lineage, name)
    if column is None:
        places = [Place(node, each) for each in lineage.columns.get(node, ())]
        steps = [
            step
            for place in places
            for step in (lineage.steps_into(place) if up else lineage.steps_from(place))
        ]
        rows = _rows(lineage, node) if up else []
    else:
        place = Place(node, column)
        steps = lineage.trail(place, up=up)
        rows = [] if up else [_short(uid) for uid in lineage.decides_rows_of(place)]
    touched = {node, *(step.into.node for step in steps)} & lineage.compiled.models.keys()
    opaque = {uid: why for uid in sorted(touched) if (why := lineage.why_opaque(uid))}
    return Traced(node, column, up, tuple(steps), tuple(rows), opaque)


def _rows(lineage: Lineage, node: str) -> list[str]:
    found = lineage.rows_read(node) if node in lineage.compiled.models else {}
    return [
        _short(parent) if not columns else f"{_short(parent)}.{column}"
        for parent, columns in sorted((found or {}).items())
        for column in (sorted(columns) or [""])
    ]


def _find(lineage: Lineage, name: str) -> tuple[str, str | None]:
    """`model`, `model.column`, `source.table` or `source.table.column`."""
    nodes = _nodes(lineage.compiled)
    if name in nodes:
        return nodes[name], None
    before, _, column = name.rpartition(".")
    if before not in nodes:
        fix = did_you_mean(before or name, nodes)
        raise CommandError(f"no model, seed or source '{before or name}'", fix=fix)
    node = nodes[before]
    names = {each.lower(): each for each in lineage.columns.get(node, ())}
    if column.lower() not in names:
        fix = did_you_mean(column, names) or f"it has: {', '.join(names.values())}"
        raise CommandError(f"{before} has no column '{column}'", fix=fix)
    return node, names[column.lower()]


def _nodes(compiled: Compiled) -> dict[str, str]:
    """Name -> unique id. A seed that fills a source is found under the source's name."""
    behind = set(compiled.seed_behind.values())
    found = {
        card.name: uid
        for uid, card in compiled.cards.items()
        if card.kind in _KINDS and uid not in behind
    }
    filled = {compiled.seeds[seed].name: source for source, seed in compiled.seed_behind.items()}
    return filled | found


def _short(uid: str) -> str:
    return uid.split(".", 2)[-1]
