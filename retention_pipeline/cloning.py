"""`pipeline clone`: copies of an earlier run's tables, with what is remembered of them.

Room:  act. Imports choice, compiled, elsewhere, engine, errors, nodes, quoting, state, warehouse.
In:    Compiled, Choices, the folder of that run.  Out: tables in the working database.

What the copies were made of is copied too, so that the next build only builds what differs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from retention_pipeline.choice import Choices
from retention_pipeline.compiled import Compiled
from retention_pipeline.elsewhere import Elsewhere
from retention_pipeline.engine import Engine, EngineFault
from retention_pipeline.errors import EngineError
from retention_pipeline.nodes import Materialized, Relation
from retention_pipeline.quoting import literal
from retention_pipeline.state import FILES, NODES, NOTES, TESTS, forget_statement, prepare_state

_COPIED, _THERE = "cloned", "there already"


@dataclass(frozen=True, slots=True)
class Copy:
    """What became of one relation."""

    relation: Relation
    done: str
    rows: int | None = None

    def __str__(self) -> str:
        rows = "" if self.rows is None else f" {self.rows:,} rows"
        return f"{self.done:<14} {self.relation.schema}.{self.relation.name}{rows}"


def clone(
    compiled: Compiled, choices: Choices, folder: Path | None, engine: Engine, *, anew: bool = False
) -> Iterator[Copy]:
    """Copy what is chosen, in build order; `anew` also what is there already.

    Raises CommandError when there is no such run, EngineError when something cannot be copied.
    """
    elsewhere = Elsewhere(compiled, folder, engine)
    prepare_state(engine)
    existing, made = engine.relations(), set[Relation]()
    engine.ensure_schemas(compiled.relations[uid].schema for uid in elsewhere.relations)
    for uid in compiled.graph.order():
        there = elsewhere.relations.get(uid)
        if uid not in choices.ids or there is None:
            continue
        own = compiled.relations[uid]
        if own in made:  # a seed and the source that it fills are one table
            _remember(uid, own, elsewhere, engine)
            continue
        if there == own or (own in existing and not anew):
            yield Copy(own, _THERE)
            continue
        try:
            with engine.transaction():
                yield _copy(compiled, uid, there, existing.get(own), engine)
                _remember(uid, own, elsewhere, engine)
            made.add(own)
        except EngineFault as fault:
            raise EngineError(f"{own} cannot be cloned: {fault.message}", fix=fault.fix) from None
    _remember_rest(elsewhere, engine)


def _copy(compiled: Compiled, uid: str, there: Relation, was: str | None, engine: Engine) -> Copy:
    own, model = compiled.relations[uid], compiled.models.get(uid)
    if was is not None:
        engine.query(f"drop {was} {own}")
    if model is not None and model.materialized in (Materialized.VIEW, Materialized.EXTERNAL):
        if model.materialized is Materialized.EXTERNAL:
            return Copy(own, "left to build")  # its file belongs to the other run
        engine.query(f"create view {own} as\n{model.sql}", shift=1)
        return Copy(own, _COPIED)
    rows = engine.query(f"create table {own} as from {there}")
    return Copy(own, _COPIED, int(rows[0][0]))


def _remember(uid: str, own: Relation, elsewhere: Elsewhere, engine: Engine) -> None:
    """What the other database knows of a node holds for a copy under the same name."""
    nodes = elsewhere.state("nodes")
    engine.query(forget_statement(uid))
    if nodes is not None:
        engine.query(
            f"insert into {NODES} select * from {nodes} where unique_id = {literal(uid)}"
            f" and relation_schema = {literal(own.schema)} and relation_name = {literal(own.name)}"
        )


def _remember_rest(elsewhere: Elsewhere, engine: Engine) -> None:
    """Input files that were read, test results, the mark of the salt: where nothing is known here."""
    salt = elsewhere.state("notes")
    with engine.transaction():
        for table, name, key in ((FILES, "files", "path"), (TESTS, "tests", "unique_id")):
            other = elsewhere.state(name)
            if other is not None:
                engine.query(
                    f"insert into {table} select * from {other}"
                    f" where {key} not in (select {key} from {table})"
                )
        if salt is not None:
            engine.query(
                f"insert into {NOTES} select * from {salt}"
                f" where name = 'salt' and name not in (select name from {NOTES})"
            )
