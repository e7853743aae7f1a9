"""Do two engines say the same? Types, then rows: decimals exactly, doubles to 1e-9 of their size.

Room:  act. Imports engine, nodes, quoting.
In:    two Arrow tables.  Out: what differs, in words; None when nothing does.

Rows have no order, so both sides are sorted by all columns, doubles last: a pair of rows that differ in
doubles only by rounding may be sorted either way, and is the same either way.
"""

from __future__ import annotations

from typing import Any

from retention_pipeline.engine import Engine
from retention_pipeline.nodes import Relation
from retention_pipeline.quoting import quote

RELATIVE = 1e-9
_MAIN = "main"


def difference(scratch: Engine, wanted: Any, found: Any) -> str | None:
    """What differs first: columns, types, the number of rows, a value. `scratch`: a DuckDB in memory."""
    one, other = Relation(_MAIN, "wanted"), Relation(_MAIN, "found")
    scratch.take(one, wanted)
    scratch.take(other, found)
    columns = _types(scratch, one)
    if list(columns.items()) != list(_types(scratch, other).items()):
        return _told_types(columns, _types(scratch, other))
    counts = [
        int(scratch.query(f"select count(*) from {quote(r.name)}")[0][0]) for r in (one, other)
    ]
    if counts[0] != counts[1]:
        return f"{counts[0]} rows became {counts[1]}"
    return _first_value(scratch, columns)


def _types(scratch: Engine, relation: Relation) -> dict[str, str]:
    rows = scratch.query(f"describe {quote(relation.name)}")
    return {str(row[0]): str(row[1]).lower() for row in rows}


def _told_types(wanted: dict[str, str], found: dict[str, str]) -> str:
    if list(wanted) != list(found):
        return f"columns {', '.join(wanted)} became {', '.join(found)}"
    changed = [f"{n} {wanted[n]} became {found[n]}" for n in wanted if wanted[n] != found[n]]
    return "; ".join(changed[:3])


def _first_value(scratch: Engine, columns: dict[str, str]) -> str | None:
    exact = [name for name, kind in columns.items() if kind != "double"]
    order = ", ".join(
        f"{quote(name)} nulls last"
        for name in [*exact, *(n for n, k in columns.items() if k == "double")]
    )
    ranked = " , ".join(
        f"{name} as (select row_number() over (order by {order}) as _row, * from {quote(table)})"
        for name, table in (("a", "wanted"), ("b", "found"))
    )
    for name, kind in columns.items():
        a, b = f"a.{quote(name)}", f"b.{quote(name)}"
        is_same = f"{a} is not distinct from {b}"
        if kind == "double":
            near = f"abs({a} - {b}) <= {RELATIVE} * greatest(abs({a}), abs({b}))"
            is_same += f" or isfinite({a}) and isfinite({b}) and {near}"
        rows = scratch.query(
            f"with {ranked} select count(*), min(concat({a}::varchar, ' became ', {b}::varchar))"
            f" from a join b using (_row) where ({is_same}) is not true"
        )
        if rows[0][0]:
            return f"{name}: {rows[0][0]} values differ, as {rows[0][1]}"
    return None
