"""What one model reads, as a value: for each of its columns, and for its rows.

Room:  words. Imports nothing of ours.
In:    what lineage found.  Out: Reads; text that the state tables keep.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

ROWS = ""  # not a column: how many rows a table has
NAMES = "*"  # not a column: the names of a table's columns, in their order

Cell: TypeAlias = tuple[str, str]
"""A node's unique id and one of its columns in lower case, or its ROWS, or its NAMES."""


@dataclass(frozen=True, slots=True)
class Reads:
    """`columns`: what each output column comes from; `rows`: what decides which rows there are."""

    columns: Mapping[str, frozenset[Cell]]
    rows: frozenset[Cell]

    def by_node(self, outputs: Iterable[str] | None = None) -> dict[str, frozenset[str]]:
        """Node -> all that can change these outputs (None: any). ROWS is not named: it is always read."""
        wanted = self.columns.keys() if outputs is None else self.columns.keys() & set(outputs)
        found: dict[str, set[str]] = {}
        for node, column in self.rows.union(*(self.columns[name] for name in wanted)):
            found.setdefault(node, set())
            if column != ROWS:
                found[node].add(column)
        return {node: frozenset(columns) for node, columns in found.items()}


def to_text(reads: Reads | None) -> str:
    """Text for the state tables; None stands for a model whose reads are not certain."""
    if reads is None:
        return "null"
    columns = {name: sorted(cells) for name, cells in reads.columns.items()}
    return json.dumps([columns, sorted(reads.rows)], separators=(",", ":"))


def from_text(text: str) -> Reads | None:
    """What `to_text` wrote. Raises ValueError kinds for anything else.

    >>> from_text(to_text(Reads({"a": frozenset({("n", "b")})}, frozenset({("n", "")}))))
    Reads(columns={'a': frozenset({('n', 'b')})}, rows=frozenset({('n', '')}))
    """
    value = json.loads(text)
    if value is None:
        return None
    columns, rows = value
    return Reads(
        {
            name: frozenset((node, column) for node, column in cells)
            for name, cells in columns.items()
        },
        frozenset((node, column) for node, column in rows),
    )
