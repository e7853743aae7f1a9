"""Project -> Compiled: every template rendered once, every relation named, the graph drawn.

Room:  compile. Imports errors, graph, nodes, project, render, sql, test_sql.
In:    Project.  Out: Compiled, a value that says all there is to run. No engine, no clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from retention_pipeline.cards import make_cards
from retention_pipeline.ephemeral import cte_name, inject
from retention_pipeline.errors import (
    CommandError,
    CompileError,
    CycleError,
    ErrorGroup,
    Location,
    MissingSpecError,
    PipelineError,
    did_you_mean,
)
from retention_pipeline.exposures import exposure_needs
from retention_pipeline.graph import Graph, place_cycle
from retention_pipeline.lint import Linter
from retention_pipeline.naming import Naming, refuse_shared, seeds_behind, usable_seeds
from retention_pipeline.nodes import (
    DataTest,
    Exposure,
    Materialized,
    Model,
    Relation,
    Seed,
    Source,
    UnitTest,
)
from retention_pipeline.project import MacroFile, Project
from retention_pipeline.render import Rendered, Renderer
from retention_pipeline.selection_methods import Card
from retention_pipeline.test_sql import CompiledTest, compile_test

_UNNAMED = frozenset({"test", "exposure"})  # no ref() reaches them
_BUILTIN = Path(__file__).with_name("builtin_tests.sql")


@dataclass(frozen=True, slots=True)
class CompiledModel:
    """A model ready to run. `needs` are unique ids; `lines` maps SQL lines to template lines."""

    model: Model
    sql: str
    relation: Relation
    materialized: Materialized
    config: Mapping[str, Any]
    needs: frozenset[str]
    lines: tuple[int, ...]
    vars_read: tuple[str, ...]

    @property
    def unique_id(self) -> str:
        return self.model.unique_id

    @property
    def tags(self) -> tuple[str, ...]:
        return tuple(self.config.get("tags") or ())

    def place(self, project: Project, line: int | None) -> Location:
        """The template line behind line `line` of the SQL."""
        if line is None or not 1 <= line <= len(self.lines):
            return Location(project.place(self.model.path))
        return Location(project.place(self.model.path), self.lines[line - 1])


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
    renderer: Renderer
    warnings: tuple[str, ...]

    def model_named(self, name: str) -> CompiledModel:
        return self._models_by_name[name]

    @cached_property
    def _models_by_name(self) -> dict[str, CompiledModel]:
        return {model.model.name: model for model in self.models.values()}

    @cached_property
    def ids_by_name(self) -> dict[str, str]:
        """What ref() and source() call a node -> its unique id."""
        return {card.name: uid for uid, card in self.cards.items() if card.kind not in _UNNAMED}

    @cached_property
    def cards(self) -> dict[str, Card]:
        """What selection may look at."""
        return {card.unique_id: card for card in make_cards(self)}

    def unit_tests_of(self, unique_id: str) -> tuple[UnitTest, ...]:
        model = self.models[unique_id].model.name
        return tuple(u for u in self.unit_tests.values() if u.model == model)


def compile_project(project: Project) -> Compiled:
    """Render, resolve and check the whole project.

    Raises CompileError kinds (all independent faults at once, as ErrorGroup): nothing has run then.
    """
    return _Compiler(project).compile()


class _Compiler:
    """Holds the maps that grow while one project is compiled; used once."""

    def __init__(self, project: Project) -> None:
        self.project = project
        builtin = MacroFile(Path("<built-in tests>"), _BUILTIN.read_text(encoding="utf-8"))
        macros = (builtin, *(replace(m, path=project.place(m.path)) for m in project.macros))
        self.renderer = Renderer(
            macros, project.target, project.vars, project.environ, project.name, project.cli_vars
        )
        self.errors: list[PipelineError] = []
        self.warnings: list[str] = []
        self.naming = Naming(project, self.renderer)
        self.relations: dict[str, Relation] = {}
        self.ids: dict[str, str] = {}  # name in ref() -> unique id
        self.linter = Linter(self.relations, project)
        self.vars_read: set[str] = set()

    def compile(self) -> Compiled:
        models = self.enabled
        sources = {s.unique_id: s for s in self.project.sources}
        self.source_ids = {s.name: s.unique_id for s in sources.values()}
        behind = seeds_behind(self.project)
        seeds = {seed.unique_id: seed for seed in usable_seeds(self.project, behind)}
        for seed in seeds.values():
            self.ids[seed.name] = seed.unique_id
            self.relations[seed.unique_id] = self.naming.relation(seed.name, seed.config)
        self.relations |= {uid: source.relation for uid, source in sources.items()}
        refuse_shared(self.relations)
        compiled = {m.unique_id: c for m in models if (c := self._model(m)) is not None}
        self._stop_on_errors()
        graph = self._graph(compiled, seeds, sources, behind)
        compiled = self._with_ephemeral(compiled, graph)
        tests = {t.unique_id: t for t in self._tests(compiled, seeds, sources)}
        self._check_vars()
        self._stop_on_errors()
        needs = dict(graph.needs) | {uid: test.needs for uid, test in tests.items()}
        units = {
            u.unique_id: u for u in self.project.unit_tests if self.ids.get(u.model) in compiled
        }
        needs |= {uid: frozenset({self.ids[u.model]}) for uid, u in units.items()}
        needs |= exposure_needs(self.project.exposures, self.ids, self.source_ids)
        return Compiled(
            project=self.project,
            models=compiled,
            seeds=seeds,
            sources=sources,
            tests=tests,
            unit_tests=units,
            exposures={e.unique_id: e for e in self.project.exposures},
            graph=Graph(needs),
            relations=self.relations,
            seed_behind=behind,
            renderer=self.renderer,
            warnings=(*self.warnings, *self.renderer.warnings),
        )

    def _stop_on_errors(self) -> None:
        if self.errors:
            raise self.errors[0] if len(self.errors) == 1 else ErrorGroup(self.errors)

    # -- names and relations ----------------------------------------------------------------
    def _enabled_models(self) -> list[Model]:
        """Models that are switched on, with what their own config() call says merged in."""
        enabled = []
        for model in self.project.models:
            config = dict(model.config)
            if "config(" in model.text:
                try:
                    config |= self._render(model, preview=True).config
                except PipelineError as error:
                    self.errors.append(error)
                    continue
            if config.get("enabled", True) in (False, "false", "False"):
                continue
            model = replace(model, config=config)
            enabled.append(model)
            self.ids[model.name] = model.unique_id
            self.relations[model.unique_id] = self.naming.relation(model.name, config)
        self._stop_on_errors()
        return enabled

    # -- rendering ----------------------------------------------------------------------------
    def _render(self, model: Model, preview: bool = False) -> Rendered:
        def ref(name: str) -> Relation | str | None:
            if preview:
                return Relation("preview", name)
            uid = self.ids.get(name)
            if uid is not None and self._is_ephemeral(uid):
                return cte_name(name)
            return self.relations.get(uid) if uid else None

        def source(name: str) -> Relation | None:
            if preview:
                return Relation("preview", name)
            return self.relations.get(self.source_ids.get(name, ""))

        rendered = self.renderer.render(
            model.text,
            Location(self.project.place(model.path)),
            this=Relation("preview", model.name) if preview else self.relations[model.unique_id],
            resolve_ref=ref,
            resolve_source=source,
            names=({}, {}) if preview else (self.ids, self.source_ids),
            base_config=model.config,
        )
        self.vars_read.update(rendered.vars_read)
        return rendered

    def _is_ephemeral(self, uid: str) -> bool:
        return uid in self._ephemeral_ids

    @cached_property
    def _ephemeral_ids(self) -> frozenset[str]:
        return frozenset(
            m.unique_id
            for m in self._by_id.values()
            if m.config.get("materialized") == Materialized.EPHEMERAL
        )

    @cached_property
    def _by_id(self) -> dict[str, Model]:
        return {m.unique_id: m for m in self.enabled}

    def _model(self, model: Model) -> CompiledModel | None:
        try:
            materialized = _materialized(model, self.project)
            rendered = self._render(model)
            compiled = CompiledModel(
                model=model,
                sql=rendered.sql.strip("\n").rstrip("; \n"),
                relation=self.relations[model.unique_id],
                materialized=materialized,
                config=model.config,
                needs=frozenset(
                    [self.ids[r] for r in rendered.refs]
                    + [self.source_ids[s] for s in rendered.sources]
                ),
                lines=_stripped_lines(rendered),
                vars_read=rendered.vars_read,
            )
            self._demand_spec(model)
            self.warnings += self.linter.check(compiled)
        except PipelineError as error:
            self.errors.append(error)
            return None
        return compiled

    def _demand_spec(self, model: Model) -> None:
        if is_enforced(model.config) and not model.columns:
            raise MissingSpecError(
                f"{model.name} has an enforced contract but no columns in a .yml",
                at=Location(self.project.place(model.path)),
                fix=f"describe it in {model.path.with_suffix('.yml')}",
            )

    def _with_ephemeral(
        self, compiled: dict[str, CompiledModel], graph: Graph
    ) -> dict[str, CompiledModel]:
        """Paste the CTEs of ephemeral models into those that read them, in build order."""
        if not self._ephemeral_ids:
            return compiled
        done: dict[str, CompiledModel] = {}
        for uid in graph.order():
            if uid not in compiled:
                continue
            model = compiled[uid]
            wanted = {n for n in graph.ancestors(uid) if n in self._ephemeral_ids}
            near = [n for n in graph.order() if n in wanted and self._inlined(n, uid, graph)]
            ctes = [(done[n].model.name, compiled[n].sql) for n in near]
            sql, lines = inject(model.sql, model.lines, ctes)
            done[uid] = replace(model, sql=sql, lines=lines)
        return done

    def _inlined(self, ephemeral: str, reader: str, graph: Graph) -> bool:
        """True when a chain of ephemeral models only lies between the two."""
        return any(
            child == reader
            or (child in self._ephemeral_ids and self._inlined(child, reader, graph))
            for child in graph.children(ephemeral)
        )

    # -- graph and tests ----------------------------------------------------------------------
    def _graph(
        self,
        compiled: Mapping[str, CompiledModel],
        seeds: Mapping[str, Seed],
        sources: Mapping[str, Source],
        behind: Mapping[str, str],
    ) -> Graph:
        needs: dict[str, frozenset[str]] = {uid: frozenset() for uid in seeds}
        needs |= {uid: frozenset({behind[uid]} if uid in behind else ()) for uid in sources}
        needs |= {uid: model.needs for uid, model in compiled.items()}
        graph = Graph(needs)
        try:
            graph.order()
        except CycleError as error:
            first = error.message.rsplit(": ", 1)[-1].split(" -> ")[0]
            model = compiled[self.ids[first]].model
            line = next((i for i, t in enumerate(model.text.split("\n"), 1) if "ref(" in t), None)
            raise place_cycle(error, Location(self.project.place(model.path), line)) from None
        return graph

    def _tests(
        self,
        models: Mapping[str, CompiledModel],
        seeds: Mapping[str, Seed],
        sources: Mapping[str, Source],
    ) -> Iterator[CompiledTest]:
        alive = {*models, *seeds, *sources}
        gone = {m.name for m in self.project.models if m.unique_id not in models}
        for test in self.project.data_tests:
            if test.attached_to is not None and test.attached_to not in alive:
                continue  # its node is switched off
            try:
                done = compile_test(
                    test,
                    self.renderer,
                    self.relations,
                    self.ids,
                    self.source_ids,
                    self._ephemerals(models),
                )
            except PipelineError as error:
                if not _mentions(test, gone):
                    self.errors.append(error)
                continue
            if done is not None:
                self.vars_read.update(done.vars_read)
                yield done

    def _ephemerals(self, models: Mapping[str, CompiledModel]) -> dict[str, str]:
        return {uid: models[uid].sql for uid in self._ephemeral_ids if uid in models}

    def _check_vars(self) -> None:
        known = self.project.declared_vars | self.vars_read
        for name in self.project.cli_vars:
            if name not in known:
                raise CommandError(
                    f"--vars: nothing reads '{name}'",
                    fix=did_you_mean(name, known) or f"there are: {', '.join(sorted(known))}",
                )

    @cached_property
    def enabled(self) -> list[Model]:
        return self._enabled_models()


def is_enforced(config: Mapping[str, Any]) -> bool:
    """dbt's `contract: {enforced: true}`."""
    contract = config.get("contract")
    return isinstance(contract, Mapping) and bool(contract.get("enforced"))


def _mentions(test: DataTest, names: set[str]) -> bool:
    """True when a test reads a model that is switched off: then the test is off too."""
    text = test.text + " ".join(str(value) for value in test.arguments.values())
    return any(f"'{name}'" in text or f'"{name}"' in text for name in names)


def _stripped_lines(rendered: Rendered) -> tuple[int, ...]:
    start = len(rendered.sql) - len(rendered.sql.lstrip("\n"))
    return rendered.lines[start:]


def _materialized(model: Model, project: Project) -> Materialized:
    value = str(model.config.get("materialized", "view"))
    try:
        return Materialized(value)
    except ValueError:
        raise CompileError(
            f"materialized '{value}' is unknown",
            at=Location(project.place(model.path)),
            fix=did_you_mean(value, list(Materialized)) or "use view, table or ephemeral",
        ) from None
