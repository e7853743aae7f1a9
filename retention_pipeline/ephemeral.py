"""Ephemeral models: pasted as CTEs into whoever reads them.

Room:  compile. Imports quoting.
In:    SQL, its line map, the CTEs; or models and their graph.
Out:   SQL with the CTEs in front, the line map kept right.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from typing import TYPE_CHECKING

from retention_pipeline.quoting import quote

if TYPE_CHECKING:
    from retention_pipeline.compiled import CompiledModel
    from retention_pipeline.graph import Graph

_WITH = re.compile(
    r"\A(?:\s|--[^\n]*(?:\n|\Z)|/\*.*?\*/)*(with(?:\s+recursive)?)\b", re.IGNORECASE | re.DOTALL
)


def cte_name(model: str) -> str:
    """dbt's name for the CTE of an ephemeral model."""
    return quote(f"__dbt__cte__{model}")


def inject(
    sql: str, lines: tuple[int, ...], ctes: Sequence[tuple[str, str]]
) -> tuple[str, tuple[int, ...]]:
    """Put `ctes` (name, SQL) before everything else in `sql`; their lines map to the reader's first."""
    if not ctes:
        return sql, lines
    text = ",\n".join(f"{cte_name(name)} as (\n{body}\n)" for name, body in ctes)
    found = _WITH.match(sql)
    if found:
        head, tail = sql[: found.end(1)], sql[found.end(1) :]
        joined = f"{head}\n{text},\n{tail.lstrip(' ')}"
        before = head.count("\n") + 1
    else:
        joined = f"with {text}\n{sql}"
        before = 0
    extra = joined.count("\n") - sql.count("\n")
    first = lines[max(before - 1, 0)] if lines else 1
    return joined, (*lines[:before], *[first] * extra, *lines[before:])


def paste(
    compiled: Mapping[str, CompiledModel], graph: Graph, ephemeral: Set[str]
) -> dict[str, CompiledModel]:
    """Paste the CTEs of ephemeral models (their ids) into those that read them, in build order."""
    if not ephemeral:
        return dict(compiled)
    done: dict[str, CompiledModel] = {}
    for uid in graph.order():
        if uid not in compiled:
            continue
        model = compiled[uid]
        wanted = ephemeral & graph.ancestors(uid)
        near = [n for n in graph.order() if n in wanted and _inlined(n, uid, graph, ephemeral)]
        ctes = [(done[n].model.name, compiled[n].sql) for n in near]
        sql, lines = inject(model.sql, model.lines, ctes)
        more = model.increment
        if more is not None:
            text, places = inject(more.sql, more.lines, ctes)
            more = replace(more, sql=text, lines=places)
        done[uid] = replace(model, sql=sql, lines=lines, increment=more)
    return done


def _inlined(uid: str, reader: str, graph: Graph, ephemeral: Set[str]) -> bool:
    """True when a chain of ephemeral models only lies between the two."""
    return any(
        child == reader or (child in ephemeral and _inlined(child, reader, graph, ephemeral))
        for child in graph.children(uid)
    )
