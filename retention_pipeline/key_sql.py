"""The SQL of rows that meet others by their keys: text only.

Room:  act. Imports materialize.by_key_settings, quoting.
In:    columns, relations, promises.  Out: parts of queries.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from retention_pipeline.materialize.by_key_settings import ByKey
from retention_pipeline.quoting import quote


@dataclass(frozen=True, slots=True)
class Meeting:
    """Rows of a relation that meet rows of another: pairs of (its column, an expression there)."""

    other: str
    pairs: tuple[tuple[str, str], ...]


def columns_of(promise: ByKey, name: str) -> frozenset[str]:
    """The columns of a parent that say which keys its rows touch."""
    joined = promise.joined.get(name)
    return frozenset(promise.rows_of[name] if joined is None else joined.match)


def keys_of(columns: Iterable[str]) -> str:
    """Columns under the names of keys."""
    return ", ".join(f"{quote(column)} as key{n}" for n, column in enumerate(columns))


def same(columns: Iterable[str], one: str, other: str) -> str:
    return " and ".join(f"{one}.{quote(c)} = {other}.{quote(c)}" for c in columns)


def added(views: dict[str, str], sql: str) -> str:
    """Add a temporary view; gives what reads it. Its name is no table's: `main.orders` would be
    looked for among temporary things first."""
    name = f"__rows_of_keys_{len(views)}"
    views[name] = sql
    return f"temp.{quote(name)}"


def met(source: str, meeting: Meeting) -> str:
    """What stands after FROM for the rows of `source`, called t, that meet the others."""
    on = ", ".join(f"({text}) as j{n}" for n, (_, text) in enumerate(meeting.pairs))
    pairs = " and ".join(f"t.{quote(c)} = m.j{n}" for n, (c, _) in enumerate(meeting.pairs))
    return f"{source} as t semi join (select {on} from {meeting.other}) as m on {pairs}"
