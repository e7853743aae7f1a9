"""Project -> Compiled: every template rendered once, every relation named, the graph drawn.

Room:  compile. Imports compiled, errors, graph, nodes, project, render, test_sql.
In:    Project.  Out: Compiled, a value that says all there is to run. No engine, no clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from retention_pipeline.compiled import Compiled, CompiledModel, Variant, Watcher, is_enforced
from retention_pipeline.configs import HOOKS, merge_config
from retention_pipeline.ephemeral import cte_name, paste
from retention_pipeline.errors import (
    CycleError,
    ErrorGroup,
    Location,
    MissingSpecError,
    PipelineError,
)
from retention_pipeline.graph import Graph, parents_first, place_cycle
from retention_pipeline.lint import Linter
from retention_pipeline.materialize.constraints import Check, checks
from retention_pipeline.materialize.hooks import NO_HOOKS, Hooks, render_hooks
from retention_pipeline.materialize.settings import check_settings, materialized_as
from retention_pipeline.naming import (
    Naming,
    refuse_shared,
    refuse_unread,
    seeds_behind,
    usable_seeds,
)
from retention_pipeline.node_view import Lazy, node_view
from retention_pipeline.nodes import (
    Materialized,
    Model,
    Relation,
    Seed,
    Source,
)
from retention_pipeline.project import Project
from retention_pipeline.render import Rendered
from retention_pipeline.rendering import renderer_of
from retention_pipeline.test_sql import CompiledTest, compile_test, mentions

if TYPE_CHECKING:
    from retention_pipeline.materialize.python_calls import Calls

UNKNOWN = "-- written when its turn comes: the template asks the database"
_HAS_CONSTRAINTS = (Materialized.TABLE, Materialized.INCREMENTAL)


def compile_project(
    project: Project,
    deferred: Mapping[str, Relation] = MappingProxyType({}),
    watcher: Watcher | None = None,
) -> Compiled:
    """Render, resolve and check the whole project; `deferred` nodes are read where it says.

    Raises CompileError kinds (all independent faults at once, as ErrorGroup): nothing has run then.
    """
    return _Compiler(project, deferred, watcher).compile()


class _Compiler:
    """Holds the maps that grow while one project is compiled; used once."""

    def __init__(
        self, project: Project, deferred: Mapping[str, Relation], watcher: Watcher | None
    ) -> None:
        self.project, self.deferred, self.watcher = project, deferred, watcher
        self.errors: list[PipelineError] = []
        self.warnings: list[str] = []
        self.relations: dict[str, Relation] = {}
        self.renderer = renderer_of(project, self.relations)
        self.naming = Naming(project, self.renderer)
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
            self.relations[seed.unique_id] = self.naming.relation(seed, seed.config)
        self.relations |= {uid: source.relation for uid, source in sources.items()}
        refuse_shared(self.relations)
        self.relations |= self.deferred
        done = Compiled(
            project=self.project,
            models={},
            seeds=seeds,
            sources=sources,
            tests={},
            unit_tests={},
            exposures={e.unique_id: e for e in self.project.exposures},
            graph=Graph({}),
            relations=self.relations,
            seed_behind=behind,
            made_by=self.renderer,
            warnings=(),
            deferred=frozenset(self.deferred),
        )
        if self.watcher is not None:
            self.watcher.begins(done)
        compiled = self._models(models)
        self._stop_on_errors()
        graph = self._graph(compiled, seeds, sources, behind)
        compiled = paste(compiled, graph, self._ephemeral_ids)
        tests = {t.unique_id: t for t in self._tests(compiled, seeds, sources)}
        refuse_unread(self.project.cli_vars, self.project.declared_vars | self.vars_read)
        self._stop_on_errors()
        needs = dict(graph.needs) | {uid: test.needs for uid, test in tests.items()}
        units = {
            u.unique_id: u for u in self.project.unit_tests if self.ids.get(u.model) in compiled
        }
        needs |= {uid: frozenset({self.ids[u.model]}) for uid, u in units.items()}
        if self.project.exposures:
            from retention_pipeline.exposures import exposure_needs

            needs |= exposure_needs(self.project.exposures, self.ids, self.source_ids)
        whole = replace(
            done,
            models=compiled,
            tests=tests,
            unit_tests=units,
            graph=Graph(needs),
            warnings=(*self.warnings, *self.renderer.warnings),
        )
        whole.show_graph(self.renderer)
        return whole

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
                    found = self._config(model)
                except PipelineError as error:
                    self.errors.append(error)
                    continue
                for key, value in found.items():
                    merge_config(config, key, value)
            if config.get("enabled", True) in (False, "false", "False"):
                continue
            model = replace(model, config=config)
            enabled.append(model)
            self.ids[model.name] = model.unique_id
            if model.is_latest:
                self.ids[model.name.rpartition(".v")[0]] = model.unique_id
            self.relations[model.unique_id] = self.naming.relation(model, config)
        self._stop_on_errors()
        return enabled

    # -- rendering ----------------------------------------------------------------------------
    def _render(
        self, model: Model, preview: bool = False, macros: Mapping[str, Any] | None = None
    ) -> Rendered:
        def ref(name: str) -> Relation | str | None:
            if preview:
                return Relation("preview", name)
            uid = self.ids.get(name)
            if uid is not None and uid in self._ephemeral_ids:
                return cte_name(name)
            return self.relations.get(uid) if uid else None

        def source(name: str) -> Relation | None:
            if preview:
                return Relation("preview", name)
            return self.relations.get(self.source_ids.get(name, ""))

        rendered = self.renderer.render(
            model.text,
            self._file(model),
            this=Relation("preview", model.name) if preview else self.relations[model.unique_id],
            resolve_ref=ref,
            resolve_source=source,
            names=({}, {}) if preview else (self.ids, self.source_ids),
            base_config=model.config,
            override_macros=macros,
            package=model.fqn[0],
            node=self._view(model),
        )
        self.vars_read.update(rendered.vars_read)
        return rendered

    def _view(self, model: Model) -> Mapping[str, Any]:
        """What a template, or a macro that it calls, knows as `model`."""
        relation = self.relations.get(model.unique_id)
        return Lazy(partial(node_view, model, self.project, model.config, relation))

    @cached_property
    def _ephemeral_ids(self) -> frozenset[str]:
        return frozenset(
            m.unique_id
            for m in self.enabled
            if m.config.get("materialized") == Materialized.EPHEMERAL
        )

    def _models(self, models: Sequence[Model]) -> dict[str, CompiledModel]:
        """Every model, and its faults, in the order given; rendered parents first, as far as seen."""
        texts = {model.name: model.text for model in models}
        place = {name: i for i, name in enumerate(parents_first(texts) if self.watcher else texts)}
        done: dict[str, CompiledModel] = {}
        said: dict[str, tuple[list[PipelineError], list[str]]] = {}
        for model in sorted(models, key=lambda model: place[model.name]):
            said[model.unique_id] = self.errors, self.warnings = [], []
            compiled = self._model(model)
            if compiled is not None:
                done[model.unique_id] = compiled
                if self.watcher is not None and not compiled.needs & self._ephemeral_ids:
                    self.watcher.rendered(compiled)
        ids = [model.unique_id for model in models]
        self.errors = [error for uid in ids for error in said[uid][0]]
        self.warnings = [text for uid in ids for text in said[uid][1]]
        return {uid: done[uid] for uid in ids if uid in done}

    def _model(self, model: Model) -> CompiledModel | None:
        try:
            materialized = materialized_as(model, self.project)
            check_settings(model, materialized, self.project)
            rendered = self._python(model) if model.is_python else self._variant(model)
            is_added_to = materialized is Materialized.INCREMENTAL
            increment = self._variant(model, {"is_incremental": True}) if is_added_to else None
            hooked: list[Variant] = []
            hooks = self._hooks(model, hooked) if HOOKS & model.config.keys() else NO_HOOKS
            compiled = CompiledModel(
                model=model,
                sql=rendered.sql,
                relation=self.relations[model.unique_id],
                materialized=materialized,
                config=model.config,
                needs=rendered.needs.union(*(v.needs for v in (*hooked, increment) if v)),
                lines=rendered.lines,
                vars_read=rendered.vars_read,
                increment=increment,
                hooks=hooks,
                checks=self._checks(model, materialized),
                introspective=rendered.introspective or bool(increment and increment.introspective),
            )
            if compiled.introspective:
                compiled = replace(compiled, sql=UNKNOWN, lines=(), increment=None)
            self._demand_spec(model)
            if not compiled.is_open:
                self.warnings += self.linter.check(compiled)
            if compiled.increment is not None and increment is not None:
                second = replace(compiled, sql=increment.sql, lines=increment.lines)
                self.warnings += self.linter.check(second)
        except PipelineError as error:
            self.errors.append(error)
            return None
        return compiled

    def _checks(self, model: Model, materialized: Materialized) -> tuple[Check, ...]:
        """The constraints of an enforced contract: of tables, as in dbt."""
        if not is_enforced(model.config) or materialized not in _HAS_CONSTRAINTS:
            return ()
        relation = self.relations[model.unique_id]
        return checks(
            model.columns, model.constraints, relation, model.spec_at or self._file(model)
        )

    def _config(self, model: Model) -> Mapping[str, Any]:
        """What a model says of itself."""
        if model.is_python:
            return self._calls(model).config
        return self._render(model, preview=True).config

    def _calls(self, model: Model) -> Calls:
        from retention_pipeline.materialize.python_calls import read_calls

        return read_calls(model.text, self.project.place(model.path))

    def _python(self, model: Model) -> Variant:
        """A Python model's text, with what it refers to."""
        needs = self._calls(model).needs(self.ids, self.source_ids, self._ephemeral_ids)
        return Variant(model.text, (), needs, ())

    def _file(self, model: Model) -> Location:
        return Location(self.project.place(model.path))

    def _hooks(self, model: Model, hooked: list[Variant]) -> Hooks:
        render = partial(self._hook, model, hooked)
        return render_hooks(model.config, render, self._file(model))

    def _hook(self, model: Model, hooked: list[Variant], text: str) -> str:
        """A hook rendered as the model would be; what it refers to the model needs too."""
        hooked.append(self._variant(replace(model, text=text)))
        return hooked[-1].sql

    def _variant(self, model: Model, macros: Mapping[str, Any] | None = None) -> Variant:
        """A model's SQL, with macros that give these values."""
        rendered = self._render(model, macros=macros)
        refs = [self.ids[r] for r in rendered.refs]
        needs = frozenset(refs + [self.source_ids[s] for s in rendered.sources])
        sql = rendered.sql.strip("\n").rstrip("; \n")
        start = len(rendered.sql) - len(rendered.sql.lstrip("\n"))
        return Variant(
            sql, rendered.lines[start:], needs, rendered.vars_read, rendered.introspective
        )

    def _demand_spec(self, model: Model) -> None:
        if is_enforced(model.config) and not model.columns:
            raise MissingSpecError(
                f"{model.name} has an enforced contract but no columns in a .yml",
                at=self._file(model),
                fix=f"describe it in {model.path.with_suffix('.yml')}",
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
                if not mentions(test, gone):
                    self.errors.append(error)
                continue
            if done is not None:
                self.vars_read.update(done.vars_read)
                yield self._placed(done)

    def _placed(self, test: CompiledTest) -> CompiledTest:
        """The test with the relation of its failures, where they are kept."""
        if not test.config.store_failures:
            return test
        schema = self.naming.schema(test.config.schema or "dbt_test__audit")
        return replace(test, relation=Relation(schema, test.test.alias))

    def _ephemerals(self, models: Mapping[str, CompiledModel]) -> dict[str, str]:
        return {uid: models[uid].sql for uid in self._ephemeral_ids if uid in models}

    @cached_property
    def enabled(self) -> list[Model]:
        return self._enabled_models()
