"""What compiling comes to: every SQL text with what it needs, all names, the graph.

Room:  compile. Imports cards, graph, nodes, project, render, rendering, test_sql.
In:    what the compiler found.  Out: Compiled, a value that says all there is to run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from retention_pipeline.cards import make_cards
from retention_pipeline.errors import Location
from retention_pipeline.graph import Graph
from retention_pipeline.materialize.constraints import Check
from retention_pipeline.materialize.hooks import NO_HOOKS, Hooks
from retention_pipeline.nodes import (
    MARTS,
    Exposure,
    Materialized,
    Model,
    Relation,
    Seed,
    Source,
    UnitTest,
)
from retention_pipeline.project import Project
from retention_pipeline.render import Renderer
from retention_pipeline.rendering import renderer_of, show_whole
from retention_pipeline.selection_methods import Card
from retention_pipeline.test_sql import CompiledTest

_UNNAMED = frozenset({"test", "exposure"})  # no ref() reaches them


@dataclass(frozen=True, slots=True)
class Variant:
    """Another SQL of the same model: what an incremental one runs when its table is there."""

    sql: str
    lines: tuple[int, ...]
    needs: frozenset[str]
    vars_read: tuple[str, ...]
    introspective: bool = False


@dataclass(frozen=True, slots=True)
class CompiledModel:
    """A model ready to run. `needs` are unique ids; `lines` maps SQL lines to template lines.

    `introspective`: its template asks the database, so it has no SQL before its turn.
    """

    model: Model
    sql: str
    relation: Relation
    materialized: Materialized
    config: Mapping[str, Any]
    needs: frozenset[str]
    lines: tuple[int, ...]
    vars_read: tuple[str, ...]
    increment: Variant | None = None
    hooks: Hooks = NO_HOOKS
    introspective: bool = False
    checks: tuple[Check, ...] = ()

    @property
    def unique_id(self) -> str:
        return self.model.unique_id

    @property
    def is_open(self) -> bool:
        """True when its SQL and columns are known only when it runs."""
        return self.introspective or self.model.is_python

    @property
    def tags(self) -> tuple[str, ...]:
        return tuple(self.config.get("tags") or ())

    def place(self, project: Project, line: int | None, lines: tuple[int, ...] = ()) -> Location:
        """The template line behind line `line` of the SQL; `lines` are those of a variant."""
        lines = lines or self.lines
        if line is None or not 1 <= line <= len(lines):
            return Location(project.place(self.model.path))
        return Location(project.place(self.model.path), lines[line - 1])


@dataclass(frozen=True)
class Compiled:
    """Everything a plan needs. Keys are unique ids."""

    project: Project
    models: Mapping[str, CompiledModel]
    seeds: Mapping[str, Seed]
    sources: Mapping[str, Source]
    tests: Mapping[str, CompiledTest]
    unit_tests: Mapping[str, UnitTest]
    exposures: Mapping[str, Exposure]
    graph: Graph
    relations: Mapping[str, Relation]
    seed_behind: Mapping[str, str]  # source id -> id of the sample seed that fills it
    made_by: Renderer | None  # None when it was kept from an earlier command
    warnings: tuple[str, ...]
    deferred: frozenset[str] = frozenset()  # nodes that are read elsewhere in this run

    @cached_property
    def renderer(self) -> Renderer:
        """What rendered it, or one that would have."""
        if self.made_by is not None:
            return self.made_by
        renderer = renderer_of(self.project, self.relations)
        self.show_graph(renderer)
        return renderer

    def show_graph(self, renderer: Renderer) -> None:
        """Let templates that wait for their turn see the whole graph."""
        configs = {uid: model.config for uid, model in self.models.items()}
        show_whole(renderer, self.project, self.relations, configs, self.graph.needs)

    def model_named(self, name: str) -> CompiledModel:
        return self._models_by_name[name]

    @cached_property
    def _models_by_name(self) -> dict[str, CompiledModel]:
        return {model.model.name: model for model in self.models.values()}

    @cached_property
    def ids_by_name(self) -> dict[str, str]:
        """What ref() and source() call a node -> its unique id."""
        named = {c.name: uid for uid, c in self.cards.items() if c.kind not in _UNNAMED}
        latest = (m.model for m in self.models.values() if m.model.is_latest)
        return named | {model.name.rpartition(".v")[0]: model.unique_id for model in latest}

    @cached_property
    def cards(self) -> dict[str, Card]:
        """What selection may look at."""
        return {card.unique_id: card for card in make_cards(self)}

    @cached_property
    def marts(self) -> tuple[CompiledModel, ...]:
        """What is published, by name; ephemeral models have nothing to publish."""
        found = (
            model
            for model in self.models.values()
            if model.relation.schema == MARTS and model.materialized is not Materialized.EPHEMERAL
        )
        return tuple(sorted(found, key=lambda model: model.relation.name))

    def unit_tests_of(self, unique_id: str) -> tuple[UnitTest, ...]:
        return tuple(self._unit_tests_by_model.get(self.models[unique_id].model.name, ()))

    @cached_property
    def _unit_tests_by_model(self) -> dict[str, list[UnitTest]]:
        found: dict[str, list[UnitTest]] = {}
        for unit in self.unit_tests.values():
            found.setdefault(unit.model, []).append(unit)
        return found


class Watcher(Protocol):
    """Who hears of models as they are rendered, in about the order in which they are built."""

    def begins(self, known: Compiled) -> None:
        """Every relation and every input is known, no model is rendered."""

    def rendered(self, model: CompiledModel) -> None:
        """A model has the SQL that will run."""


def is_enforced(config: Mapping[str, Any]) -> bool:
    """dbt's `contract: {enforced: true}`."""
    contract = config.get("contract")
    return isinstance(contract, Mapping) and bool(contract.get("enforced"))
