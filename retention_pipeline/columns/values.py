"""What can be said of a query's columns: where they come from and on which way.

Room:  compile. Imports nothing of ours. May touch: sqlglot (the texts of expressions).
In:    facts that `queries` finds.  Out: Leaf, Way, OutColumn, Flow; OpaqueQuery.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sqlglot import exp

_MOST_TEXTS = 10


@dataclass(frozen=True, slots=True)
class Leaf:
    """A column of a table that the query reads, all in lower case; or its ROWS, or its NAMES (see reads)."""

    schema: str
    table: str
    column: str


@dataclass(frozen=True, slots=True)
class Way:
    """How a column gets from a table into the result.

    `carries`: its value does; False when it only decides (a condition, a window's order).
    `through`: functions and operators that make another value of it, on every way. What only casts
    it or chooses it among others (case, coalesce, max, lag) is not named.
    """

    carries: bool = True
    through: frozenset[str] = frozenset()

    @property
    def is_copy(self) -> bool:
        """True when the value arrives as it was, perhaps as another type, perhaps not always."""
        return self.carries and not self.through


Ways: TypeAlias = dict[Leaf, Way]
ColumnsOf: TypeAlias = Callable[[str, str], Sequence[str] | None]


@dataclass(frozen=True, slots=True)
class OutColumn:
    """A column of a result. `made_by`: the expressions on its way, the last one first."""

    name: str
    ways: Mapping[Leaf, Way]
    made_by: tuple[exp.Expr, ...] = ()

    def expressions(self) -> tuple[str, ...]:
        """The texts of `made_by`, for people: they are never run."""
        return tuple(node.sql(dialect="duckdb") for node in self.made_by)


@dataclass(frozen=True, slots=True)
class Flow:
    """A query's columns in order; `rows` decide how many rows there are and which."""

    columns: tuple[OutColumn, ...]
    rows: frozenset[Leaf]

    def reads(self, outputs: Iterable[str] | None = None) -> frozenset[Leaf]:
        """All that can change these columns of the result (None: any of them)."""
        wanted = None if outputs is None else {name.lower() for name in outputs}
        found = set(self.rows)
        for column in self.columns:
            if wanted is None or column.name.lower() in wanted:
                found |= column.ways.keys()
        return frozenset(found)


class OpaqueQuery(Exception):  # noqa: N818 - an answer, not a fault: who asks assumes the worst
    """What the query reads is not certain; the text says why."""


def joined(one: Mapping[Leaf, Way], other: Mapping[Leaf, Way]) -> Ways:
    """Both; where a column comes on two ways that carry it, what both pass."""
    found = dict(one)
    for leaf, way in other.items():
        known = found.get(leaf)
        if known is None or not known.carries:
            found[leaf] = way
        elif way.carries:
            found[leaf] = Way(through=known.through & way.through)
    return found


def all_of(ways: Iterable[Mapping[Leaf, Way]]) -> Ways:
    """All of them joined."""
    found: Ways = {}
    for each in ways:
        found = joined(found, each)
    return found


def leaves_of(columns: Iterable[OutColumn]) -> set[Leaf]:
    """Everything that these columns come from."""
    return {leaf for column in columns for leaf in column.ways}


def each_once(*made: tuple[exp.Expr, ...]) -> tuple[exp.Expr, ...]:
    """Expressions without repetition; a few are enough for people."""
    return tuple({id(node): node for group in made for node in group}.values())[:_MOST_TEXTS]
