"""Which step stands behind which, and an order that keeps to it.

Room:  plan. Imports compiled, nodes.
In:    Compiled and the ids that are steps.  Out: id -> ids before it, and the ids in order.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from graphlib import TopologicalSorter

from retention_pipeline.compiled import Compiled
from retention_pipeline.nodes import Severity

Order = tuple[Mapping[str, frozenset[str]], tuple[str, ...]]


class Ordering:
    """The orders of one project's steps: one build asks several times for the same."""

    def __init__(self, compiled: Compiled) -> None:
        self._compiled = compiled
        self._known: dict[frozenset[str], Order] = {}

    def of(self, wanted: Set[str]) -> Order:
        """What stands before each step, and the steps in an order in which they may run."""
        key = frozenset(wanted)
        if key not in self._known:
            after = _edges(self._compiled, key)
            self._known[key] = after, tuple(_order(after, self._compiled))
        return self._known[key]


def _edges(compiled: Compiled, wanted: Set[str]) -> dict[str, frozenset[str]]:
    """Step -> steps before it. Nodes that are no step (ephemeral, seed-backed) are bridged."""
    graph = compiled.graph
    above: dict[str, frozenset[str]] = {}

    def reach(uid: str) -> frozenset[str]:
        if uid not in above:
            above[uid] = frozenset()  # the graph has no ring: this is only for safety
            found: set[str] = set()
            for parent in graph.parents(uid):
                found |= {parent} if parent in wanted else reach(parent)
            above[uid] = frozenset(found)
        return above[uid]

    after = {uid: set(reach(uid)) for uid in wanted if uid not in compiled.unit_tests}
    after |= {uid: set() for uid in wanted if uid in compiled.unit_tests}
    for uid in wanted & compiled.models.keys():
        after[uid] |= {
            unit for unit in (u.unique_id for u in compiled.unit_tests_of(uid)) if unit in wanted
        }
    _gate(compiled, wanted, after)
    return {uid: frozenset(steps) for uid, steps in after.items()}


def _gate(compiled: Compiled, wanted: Set[str], after: dict[str, set[str]]) -> None:
    """An error-severity test stands before every model below all that it tests (dbt's rule)."""
    models = [uid for uid in wanted if uid in compiled.models]
    ancestors = {uid: compiled.graph.ancestors(uid) for uid in models}
    for uid, test in compiled.tests.items():
        if uid not in wanted or test.config.severity is not Severity.ERROR or not test.needs:
            continue
        for model in models:
            if test.needs <= ancestors[model]:
                after[model].add(uid)


def _order(after: Mapping[str, frozenset[str]], compiled: Compiled) -> list[str]:
    """A topological order; among equals, the project's build order."""
    rank = {uid: i for i, uid in enumerate(compiled.graph.order())}
    sorter = TopologicalSorter({uid: set(steps) for uid, steps in after.items()})
    sorter.prepare()
    order: list[str] = []
    while sorter.is_active():
        wave = sorted(sorter.get_ready(), key=lambda uid: rank[uid])
        order += wave
        sorter.done(*wave)
    return order
