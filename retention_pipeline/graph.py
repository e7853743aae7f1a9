"""Which node needs which: order, ancestors, descendants, cycles.

Room:  compile. Imports errors. Knows names, not models; no SQL, no DuckDB, no clock.
In:    {name: names it needs}.  Out: Graph, a frozen value; `order()` is the build order.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import CycleError as TopologyError
from graphlib import TopologicalSorter

from retention_pipeline.errors import CycleError, Location

_REF = re.compile(r"""\bref\s*\(\s*['"]([^'"]+)['"]\s*\)""")


@dataclass(frozen=True)
class Graph:
    """`needs[name]` are the names that must be there first. Every needed name is itself a key."""

    needs: Mapping[str, frozenset[str]]
    _needed_by: dict[str, frozenset[str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        children: dict[str, set[str]] = {name: set() for name in self.needs}
        for name, parents in self.needs.items():
            for parent in parents:
                children[parent].add(name)
        object.__setattr__(self, "_needed_by", {n: frozenset(c) for n, c in children.items()})

    def order(self) -> tuple[str, ...]:
        """Names so that each comes after what it needs; sorted within a step, so runs repeat.

        Raises CycleError with the whole path of the ring.
        """
        return self._order

    @cached_property
    def _order(self) -> tuple[str, ...]:
        sorter = TopologicalSorter(self.needs)
        try:
            sorter.prepare()
        except TopologyError as error:
            raise _cycle(error.args[1]) from None
        names: list[str] = []
        while sorter.is_active():
            wave = sorted(sorter.get_ready())
            names += wave
            sorter.done(*wave)
        return tuple(names)

    def parents(self, name: str) -> frozenset[str]:
        return self.needs[name]

    def children(self, name: str) -> frozenset[str]:
        return self._needed_by[name]

    def ancestors(self, name: str, depth: int | None = None) -> frozenset[str]:
        """All that `name` needs, up to `depth` steps away; without `name` itself."""
        return self._reach(name, self.needs, depth)

    def descendants(self, name: str, depth: int | None = None) -> frozenset[str]:
        """All that needs `name`, up to `depth` steps away; without `name` itself."""
        return self._reach(name, self._needed_by, depth)

    @staticmethod
    def _reach(
        start: str, edges: Mapping[str, frozenset[str]], depth: int | None
    ) -> frozenset[str]:
        seen = {start}
        edge = {start}
        while edge and (depth is None or depth > 0):
            edge = {n for name in edge for n in edges[name]} - seen
            seen |= edge
            depth = None if depth is None else depth - 1
        return frozenset(seen - {start})


def parents_first(texts: Mapping[str, str]) -> tuple[str, ...]:
    """Names so that each likely comes after those that its template calls ref() with.

    A guess for the order of work: what a macro, a variable or a comment says is not understood.
    """
    needs = {
        name: frozenset(texts.keys() & set(_REF.findall(text))) - {name}
        for name, text in texts.items()
    }
    try:
        return Graph(needs).order()
    except CycleError:
        return tuple(texts)


def _cycle(path: list[str]) -> CycleError:
    # graphlib gives each node before the one that needs it: reversed, it reads "needs".
    names = [name.rsplit(".", 1)[-1] for name in reversed(path)]
    start = names.index(min(names[:-1]))
    ring = names[start:-1] + names[:start]
    text = " -> ".join([*ring, ring[0]])
    return CycleError(
        f"models need each other in a ring: {text}",
        fix="let one of them read what the other reads instead",
    )


def place_cycle(error: CycleError, at: Location) -> CycleError:
    """The same error with the place of its first model."""
    error.at = at
    return error
