"""Make one model in one transaction: its relation, and the row that remembers it.

Room:  act. Imports compiler, engine, materialize, nodes.
In:    Work.  Out: Built; EngineFault, and then everything is as it was before.
"""

from __future__ import annotations

from collections.abc import Callable

from retention_pipeline.engine import Built
from retention_pipeline.materialize.incremental import make_incremental
from retention_pipeline.materialize.work import Maker, Work
from retention_pipeline.nodes import Materialized


def make_plain(work: Work) -> Built:
    """Views and tables: the engine does it."""
    model = work.model
    same = work.is_same if work.was == "table" else None
    return work.engine.make(model.relation, model.materialized, model.sql, work.was, same)


_MAKERS: dict[Materialized, Maker] = {
    Materialized.VIEW: make_plain,
    Materialized.TABLE: make_plain,
    Materialized.INCREMENTAL: make_incremental,
}


def make(work: Work, remember: Callable[[Built], str]) -> Built:
    """`remember` gives a statement that is committed together with the relation."""
    with work.engine.transaction():
        built = _MAKERS[work.model.materialized](work)
        work.engine.query(remember(built))
    return built
