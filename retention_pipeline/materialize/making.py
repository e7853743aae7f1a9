"""Make one model in one transaction: its relation, and the row that remembers it.

Room:  act. Imports compiled, engine, materialize, nodes, state.
In:    Work.  Out: Built; EngineFault, and then everything is as it was before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import replace

from retention_pipeline.compiled import CompiledModel
from retention_pipeline.engine import Built, EngineFault
from retention_pipeline.materialize.hooks import Hook
from retention_pipeline.materialize.work import Work
from retention_pipeline.nodes import Materialized
from retention_pipeline.state import forget_statement


def make_plain(work: Work) -> Built:
    """Views and tables: the engine does it, unless some keys are enough."""
    model = work.model
    if work.touched is not None:
        from retention_pipeline.materialize.by_key import make_by_key

        built = make_by_key(work, work.touched)
        if built is not None:
            return built
    same = work.is_same if work.was == "table" else None
    return work.engine.make(model.relation, model.materialized, model.sql, work.was, same)


def _maker(work: Work) -> Callable[[Work], Built]:
    """Who makes it; what few projects use is imported where it is used."""
    how = work.model.materialized
    if work.model.model.is_python:
        from retention_pipeline.materialize.python_models import make_python

        return make_python
    if how in work.engine.makers:
        return work.engine.makers[how]
    if how is Materialized.INCREMENTAL:
        from retention_pipeline.materialize.incremental import make_incremental

        return make_incremental
    if how is Materialized.SNAPSHOT:
        from retention_pipeline.materialize.snapshot import make_snapshot

        return make_snapshot
    if how is Materialized.EXTERNAL:
        from retention_pipeline.materialize.external import make_external

        return make_external
    return make_plain


def make(work: Work, remember: Callable[[Built], str]) -> Built:
    """`remember` gives a statement that is committed together with the relation, or ''."""
    hooks = work.model.hooks
    if hooks:  # what they change in the table is not in the rows that would be compared
        work = replace(work, is_same=None)
    _run(work, hooks.before, inside=False)
    with nullcontext() if work.is_one_statement else work.engine.transaction():
        _run(work, hooks.before, inside=True)
        built = _maker(work)(work)
        for check in work.model.checks:
            bad = int(work.engine.ask(check.sql)[1][0][0])
            if bad:
                raise work.fault(
                    f"{check.name}: {bad} {'row breaks' if bad == 1 else 'rows break'} it"
                )
        _run(work, hooks.after, inside=True)
        if hooks.after and built.rows is not None:
            built = replace(built, rows=work.rows())
        note = remember(built)
        if note:
            work.engine.query(note)
    try:
        _run(work, hooks.after, inside=False)
    except EngineFault:
        work.engine.query(forget_statement(work.model.unique_id))  # it is to run again
        raise
    return built


def without_rows(model: CompiledModel) -> CompiledModel:
    """The same model as a table of its columns and no rows; a view stays as it is."""
    if model.materialized is Materialized.VIEW or model.model.is_python:
        return model
    more = model.increment
    if more is not None:
        more = replace(more, sql=f"select * from ({more.sql}\n) limit 0")
    return replace(model, sql=f"select * from ({model.sql}\n) limit 0", increment=more)


def _run(work: Work, hooks: Iterable[Hook], *, inside: bool) -> None:
    for hook in hooks:
        if hook.inside is inside:
            try:
                work.engine.query(hook.sql)
            except EngineFault as fault:
                text = f"hook `{hook.sql.splitlines()[0]}`: {fault.message}"
                raise work.fault(text, fault.fix) from None
