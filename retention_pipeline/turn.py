"""Templates that ask the database, rendered when their turn in the run has come.

Room:  act. Imports compiled, compiler, engine, ephemeral, errors, lint, node_view, render, test_sql.
In:    Compiled, an Engine.  Out: the model or test with its SQL; PipelineError kinds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from retention_pipeline.compiled import Compiled, CompiledModel, Variant
from retention_pipeline.engine import Engine, EngineFault
from retention_pipeline.ephemeral import cte_name, inject
from retention_pipeline.errors import CompileError, Location
from retention_pipeline.lint import Linter
from retention_pipeline.node_view import node_view
from retention_pipeline.nodes import Materialized, Relation
from retention_pipeline.test_sql import CompiledTest, compile_test


class Answers:
    """The engine, whose refusals become errors of the template that asked."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def table(self, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        try:
            return self._engine.ask(sql)
        except EngineFault as fault:
            text = f"the template asked the database: {fault.message}"
            raise CompileError(text, fix=fault.fix) from None


def model_at_turn(compiled: Compiled, model: CompiledModel, engine: Engine) -> CompiledModel:
    """The model with the SQL that its template writes now. Raises CompileError kinds."""
    first = _rendered(compiled, model, engine, {})
    done = replace(model, sql=first.sql, lines=first.lines)
    if model.materialized is Materialized.INCREMENTAL:
        done = replace(done, increment=_rendered(compiled, model, engine, {"is_incremental": True}))
    Linter(compiled.relations, compiled.project).check(done)
    return done


def _rendered(
    compiled: Compiled, model: CompiledModel, engine: Engine, macros: Mapping[str, Any]
) -> Variant:
    project, ephemeral = compiled.project, _ephemeral(compiled)
    ids = compiled.ids_by_name

    def resolve(name: str) -> Relation | str | None:
        uid = ids.get(name, "")
        return cte_name(name) if uid in ephemeral else compiled.relations.get(uid)

    rendered = compiled.renderer.render(
        model.model.text,
        Location(project.place(model.model.path)),
        this=model.relation,
        resolve_ref=resolve,
        resolve_source=resolve,
        names=(ids, ids),
        base_config=model.config,
        override_macros=macros,
        package=model.model.fqn[0],
        node=node_view(model.model, project, model.config, model.relation),
        database=Answers(engine),
    )
    asked = {ids[name]: name for name in (*rendered.refs, *rendered.sources)}
    unknown = sorted(name for uid, name in asked.items() if uid not in model.needs)
    if unknown:
        raise CompileError(
            f"the template refers to '{unknown[0]}' only when it may ask the database, so it was not"
            " known that it comes first",
            at=Location(project.place(model.model.path)),
            fix=f"write at its top: -- depends_on: {{{{ ref('{unknown[0]}') }}}}",
        )
    ctes = [
        (compiled.models[uid].model.name, sql)
        for uid, sql in ephemeral.items()
        if uid in {ids[name] for name in rendered.refs}
    ]
    start = len(rendered.sql) - len(rendered.sql.lstrip("\n"))
    text = rendered.sql.strip("\n").rstrip("; \n")
    sql, lines = inject(text, rendered.lines[start:], ctes)
    return Variant(sql, lines, model.needs, rendered.vars_read, True)


def test_at_turn(compiled: Compiled, test: CompiledTest, engine: Engine) -> CompiledTest:
    """The data test with the SQL that its template writes now. Raises CompileError kinds."""
    done = compile_test(
        test.test,
        compiled.renderer,
        compiled.relations,
        compiled.ids_by_name,
        compiled.ids_by_name,
        _ephemeral(compiled),
        Answers(engine),
    )
    return test if done is None else replace(done, relation=test.relation)


def _ephemeral(compiled: Compiled) -> dict[str, str]:
    return {
        uid: model.sql
        for uid, model in compiled.models.items()
        if model.materialized is Materialized.EPHEMERAL
    }
