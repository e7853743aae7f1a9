"""Rows that somebody wrote down, as SQL: of fixtures, of declared columns.

Room:  act. Imports nodes, quoting.
In:    columns with their types, rows of plain values.  Out: statements.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from retention_pipeline.nodes import Relation
from retention_pipeline.quoting import literal, quote


def empty_table(relation: Relation, columns: Mapping[str, str]) -> str:
    """The statement that makes an empty table of these columns."""
    inner = ", ".join(f"{quote(name)} {kind}" for name, kind in columns.items())
    return f"create or replace table {relation} ({inner})"


def values_query(types: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> str:
    """A query of literal rows, each value cast to its column's type; missing or None is NULL."""
    casts = ", ".join(
        f"cast({quote(name)} as {kind}) as {quote(name)}" for name, kind in types.items()
    )
    names = ", ".join(quote(name) for name in types)
    return f"select {casts} from (values {_tuples(list(types), rows)}) as given({names})"


def insert_rows(
    relation: Relation, types: Mapping[str, str], rows: Sequence[Mapping[str, Any]]
) -> str:
    """The statement that adds literal rows to a table; a column that no row names stays NULL."""
    given = [name for name in types if any(row.get(name) is not None for row in rows)] or list(
        types
    )[:1]
    names = ", ".join(quote(name) for name in given)
    return f"insert into {relation} ({names}) values {_tuples(given, rows)}"


def _tuples(names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(
        "(" + ", ".join(_literal(row.get(name)) for name in names) + ")" for row in rows
    )


def _literal(value: Any) -> str:
    if value is None:
        return "cast(null as varchar)"
    if isinstance(value, bool):
        value = str(value).lower()
    return literal(str(value))
