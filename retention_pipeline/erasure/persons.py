"""Who is to be forgotten: the project's own identity resolution, over everything that was loaded.

Room:  act. Imports compiled, engine, errors, nodes, quoting.
In:    Compiled, an Engine with the raw tables.  Out: a scratch schema with the resolution.

The model that resolves customers says so: `config: {meta: {resolves_customers: true}}`. It and what it
reads are built once more, in a schema of their own and without a cut-off in time, since a request
erases accounts too that a report as of an earlier day does not know.
"""

from __future__ import annotations

import contextlib
from collections.abc import Container, Iterator

from retention_pipeline.compiled import Compiled, CompiledModel
from retention_pipeline.engine import Engine
from retention_pipeline.errors import Location
from retention_pipeline.nodes import Materialized, Relation
from retention_pipeline.quoting import quote
from retention_pipeline.row_sql import empty_table

SCRATCH = "pipeline_erasing"
_NO_CUTOFF = "9999-12-31"


def resolver(compiled: Compiled) -> CompiledModel | None:
    """The model that says which customer ids are one person."""
    found = (
        model
        for model in compiled.models.values()
        if isinstance(meta := model.config.get("meta"), dict) and meta.get("resolves_customers")
    )
    return next(found, None)


@contextlib.contextmanager
def resolved(compiled: Compiled, engine: Engine) -> Iterator[Relation]:
    """Build the resolution; gives its relation. The scratch schema is gone afterwards."""
    model = resolver(compiled)
    assert model is not None
    engine.query(f"drop schema if exists {quote(SCRATCH)} cascade")
    engine.query(f"create schema {quote(SCRATCH)}")
    there = engine.relations()
    wanted = compiled.graph.ancestors(model.unique_id) | {model.unique_id}
    for uid in compiled.graph.order():
        if uid in wanted and uid in compiled.models:
            _build(compiled, engine, compiled.models[uid], there)
        elif uid in wanted and uid in compiled.sources and compiled.relations[uid] not in there:
            _stand_in(compiled, engine, uid)
    yield _scratch(model)
    engine.query(f"drop schema {quote(SCRATCH)} cascade")


def expression(compiled: Compiled, text: str) -> str:
    """A template of an expression as SQL, with the project's own macros."""
    rendered = compiled.renderer.render(
        text,
        Location("erasure"),
        this=None,
        resolve_ref=lambda _: None,
        resolve_source=lambda _: None,
    )
    return rendered.sql


def _build(
    compiled: Compiled, engine: Engine, model: CompiledModel, there: Container[Relation]
) -> None:
    relations = {card.name: uid for uid, card in compiled.cards.items() if card.kind != "test"}

    def resolve(name: str) -> Relation | None:
        uid = relations.get(name, "")
        if uid in compiled.models:
            return _scratch(compiled.models[uid])
        relation = compiled.relations.get(uid)
        if relation is not None and relation not in there:
            return Relation(SCRATCH, relation.name)
        return relation

    rendered = compiled.renderer.render(
        model.model.text,
        Location(compiled.project.place(model.model.path)),
        this=_scratch(model),
        resolve_ref=resolve,
        resolve_source=resolve,
        names=(relations, relations),
        base_config=model.model.config,
        override_vars={"as_of": _NO_CUTOFF},
    )
    is_table = model.materialized is Materialized.TABLE
    sql = rendered.sql.rstrip("; \n")
    engine.query(f"create {'table' if is_table else 'view'} {_scratch(model)} as\n{sql}", shift=1)


def _stand_in(compiled: Compiled, engine: Engine, uid: str) -> None:
    """A source that no build has loaded yet is empty."""
    columns = {c.name: c.data_type or "varchar" for c in compiled.sources[uid].columns}
    engine.query(empty_table(Relation(SCRATCH, compiled.relations[uid].name), columns))


def _scratch(model: CompiledModel) -> Relation:
    return Relation(SCRATCH, model.model.name)
