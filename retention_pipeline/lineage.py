"""Columns through the whole project: what each comes from, what each model reads, who reads it.

Room:  compile. Imports columns, compiled, nodes, reads.
In:    Compiled, the columns of every node (from the binder).  Out: Lineage.

A model is read when it is first asked for; nothing is read for a build that has nothing to do. A
model that cannot be read with certainty is opaque: all its columns come from all that it reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from retention_pipeline.columns import Flow, Leaf, OpaqueQuery, Way, flow
from retention_pipeline.compiled import Compiled
from retention_pipeline.nodes import Materialized
from retention_pipeline.reads import NAMES, ROWS, Cell, Reads


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A column of a node (its unique id)."""

    node: str
    column: str


@dataclass(frozen=True, slots=True)
class Step:
    """One column comes from another, one model on.

    `expressions`: what the model makes of it, the last one first; empty where it only names it.
    `is_certain`: False where the model is opaque.
    """

    into: Place
    of: Place
    way: Way
    expressions: tuple[str, ...] = ()
    is_certain: bool = True

    @property
    def is_copy(self) -> bool:
        """True when the value arrives as it was, perhaps as another type, perhaps not always."""
        return self.is_certain and self.way.is_copy


class Lineage:
    """The columns of a compiled project. `columns`: unique id -> names; unknown nodes are missing."""

    def __init__(self, compiled: Compiled, columns: Mapping[str, Iterable[str]]) -> None:
        self.compiled = compiled
        self.columns = {uid: tuple(names) for uid, names in columns.items()}
        self._flows: dict[str, Flow | None] = {}
        self._reasons: dict[str, str] = {}
        self._ways: dict[Place, dict[Place, Way]] = {}
        self._steps: dict[Place, list[Step]] = {}
        self._written = {
            uid: {name.lower(): name for name in names} for uid, names in self.columns.items()
        }
        self._tables = cache(self._find_tables)

    # -- one model ----------------------------------------------------------------------------
    def column_lineage(self, uid: str) -> dict[str, frozenset[Place]] | None:
        """Output column -> columns of its parents that it comes from; None for an opaque model."""
        found = self.flow(uid)
        if found is None:
            return None
        return {
            name: frozenset(self._places(uid, column.ways))
            for name, column in zip(self.columns[uid], found.columns, strict=True)
        }

    def columns_read(
        self, uid: str, outputs: Iterable[str] | None = None
    ) -> dict[str, frozenset[str]] | None:
        """Parent -> columns that can change the result, or these `outputs` of it; None if opaque.

        A parent of which only the number of rows matters has no columns here. `reads.NAMES`
        stands among them where the names and the order of the parent's columns matter too.
        """
        found = self.flow(uid)
        if found is None:
            return None
        return self._by_node(uid, found.reads(outputs))

    def rows_read(self, uid: str) -> dict[str, frozenset[str]] | None:
        """The same for what decides which rows the model has: filters, joins, group keys."""
        found = self.flow(uid)
        return None if found is None else self._by_node(uid, found.rows)

    def reads(self, uid: str) -> Reads | None:
        """All of it as a value; None for an opaque model."""
        found = self.flow(uid)
        if found is None:
            return None
        tables = self._tables(uid)

        def cells(leaves: Iterable[Leaf]) -> frozenset[Cell]:
            return frozenset((tables[x.schema, x.table], x.column) for x in leaves)

        columns = {column.name.lower(): cells(column.ways) for column in found.columns}
        return Reads(columns, cells(found.rows))

    def why_opaque(self, uid: str) -> str:
        """Why a model is opaque; '' when it is not."""
        self.flow(uid)
        return self._reasons.get(uid, "")

    def flow(self, uid: str) -> Flow | None:
        """The model's own columns and what decides its rows; None when that is not certain."""
        if uid not in self._flows:
            try:
                self._flows[uid] = self._read(uid)
            except OpaqueQuery as reason:
                self._flows[uid] = None
                self._reasons[uid] = str(reason)
        return self._flows[uid]

    def parents(self, uid: str) -> frozenset[str]:
        """The nodes whose relations a model's SQL names; ephemeral models are looked through."""
        found: set[str] = set()
        for need in self.compiled.graph.parents(uid) if uid in self.compiled.models else ():
            model = self.compiled.models.get(need)
            if model is not None and model.materialized is Materialized.EPHEMERAL:
                found |= self.parents(need)
            else:
                found.add(need)
        return frozenset(found)

    def _read(self, uid: str) -> Flow:
        tables = self._tables(uid)

        def columns_of(schema: str, name: str) -> tuple[str, ...] | None:
            return self.columns.get(tables.get((schema, name), ""))

        found = flow(self.compiled.models[uid].sql, columns_of)
        names = [column.name.lower() for column in found.columns]
        if names != [name.lower() for name in self.columns.get(uid, ())]:
            raise OpaqueQuery("its columns are not those that the database finds")
        return found

    def _find_tables(self, uid: str) -> dict[tuple[str, str], str]:
        relations = {node: self.compiled.relations[node] for node in sorted(self.parents(uid))}
        return {(r.schema.lower(), r.name.lower()): node for node, r in relations.items()}

    def _by_node(self, uid: str, leaves: Iterable[Leaf]) -> dict[str, frozenset[str]]:
        tables = self._tables(uid)
        found: dict[str, set[str]] = {}
        for leaf in leaves:
            node = tables[leaf.schema, leaf.table]
            found.setdefault(node, set())
            if leaf.column == NAMES:
                found[node].add(NAMES)
            elif leaf.column != ROWS:
                found[node].add(self._written[node][leaf.column])
        return {node: frozenset(columns) for node, columns in found.items()}

    def _places(self, uid: str, leaves: Iterable[Leaf]) -> Iterator[Place]:
        tables = self._tables(uid)
        for leaf in leaves:
            node = tables[leaf.schema, leaf.table]
            if leaf.column not in (ROWS, NAMES):
                yield Place(node, self._written[node][leaf.column])

    # -- along the graph ----------------------------------------------------------------------
    def steps_into(self, place: Place) -> list[Step]:
        """Where a column comes from, one model up; nothing for a source or seed."""
        if place not in self._steps:
            is_model = place.node in self.compiled.models
            self._steps[place] = self._steps_into(place) if is_model else []
        return self._steps[place]

    def _steps_into(self, place: Place) -> list[Step]:
        found = self.flow(place.node)
        if found is None:
            return [
                Step(place, Place(parent, name), Way(), is_certain=False)
                for parent in sorted(self.parents(place.node))
                for name in self.columns.get(parent, ())
            ]
        index = self.columns[place.node].index(place.column)
        column = found.columns[index]
        texts = column.expressions()
        steps = [
            Step(place, of, way, texts)
            for leaf, way in column.ways.items()
            for of in self._places(place.node, [leaf])
        ]
        return sorted(steps, key=lambda step: step.of)

    def steps_from(self, place: Place) -> list[Step]:
        """Which columns come from this one, one model down."""
        return [
            step
            for child in self.readers(place.node)
            for name in self.columns.get(child, ())
            for step in self.steps_into(Place(child, name))
            if step.of == place
        ]

    def readers(self, uid: str) -> list[str]:
        """Models whose SQL names this node's relation, sorted."""
        below = [
            child for child in self.compiled.graph.children(uid) if child in self.compiled.models
        ]
        found: set[str] = set()
        for child in below:
            if self.compiled.models[child].materialized is Materialized.EPHEMERAL:
                found |= set(self.readers(child))
            else:
                found.add(child)
        return sorted(found)

    def decides_rows_of(self, place: Place) -> list[str]:
        """Models one step down whose rows this column decides: it filters, joins or groups them."""
        found = []
        for child in self.readers(place.node):
            rows = self.rows_read(child)
            if rows is None or place.column in rows.get(place.node, ()):
                found.append(child)
        return found

    def trail(self, place: Place, *, up: bool = True) -> list[Step]:
        """Every step from here up to the sources, or down to the last model; nearest first."""
        steps: list[Step] = []
        seen, edge = {place}, [place]
        while edge:
            found = [s for at in edge for s in (self.steps_into(at) if up else self.steps_from(at))]
            steps += found
            reached = dict.fromkeys(step.of if up else step.into for step in found)
            edge = [at for at in reached if at not in seen]
            seen |= set(edge)
        return steps

    def origins(self, place: Place) -> dict[Place, Way]:
        """Every column above, up to the sources, and what its value passed on every way here.

        `way.is_copy` means that the value can be read here as it was there. Through an opaque
        model everything arrives as it was.
        """
        if place not in self._ways:
            found: dict[Place, Way] = {}
            for step in self.steps_into(place):
                _add(found, step.of, step.way)
                for above, way in self.origins(step.of).items():
                    carries = way.carries and step.way.carries
                    through = way.through | step.way.through if carries else frozenset()
                    _add(found, above, Way(carries, through))
            self._ways[place] = found
        return self._ways[place]


def _add(found: dict[Place, Way], place: Place, way: Way) -> None:
    known = found.get(place)
    if known is None or not known.carries:
        found[place] = way
    elif way.carries:
        found[place] = Way(through=known.through & way.through)
