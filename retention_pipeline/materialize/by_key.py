"""A table made again for some keys only: their rows are replaced, the others stay.

Room:  act. Imports engine, materialize, nodes, quoting, row_hashes.
In:    Work with Touched, inside a transaction.  Out: Built, or None where the whole model is less work.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from retention_pipeline.engine import Built, EngineFault
from retention_pipeline.materialize.work import Touched, Work
from retention_pipeline.nodes import Relation
from retention_pipeline.quoting import quote
from retention_pipeline.row_hashes import differing, row_hash

KEYS = Relation("temp", "__touched_keys")
_OLD, _NEW = Relation("temp", "__rows_before"), Relation("temp", "__rows_after")
_GONE, _COME = Relation("temp", "__rows_gone"), Relation("temp", "__rows_come")
_DIFFER, _HASH = Relation("temp", "__rows_that_differ"), "__hash"
IS_NEW = "__is_new"
_FEW = 1000


def make_by_key(work: Work, touched: Touched) -> Built | None:
    """Bring the touched keys up to date. None: too many of them, or other columns than before."""
    made: list[Relation] = []
    built = _make(work, touched, made)
    for table in reversed(made):  # a fault rolls them back
        work.query(f"drop table if exists {table}")
    return built


def _make(work: Work, touched: Touched, made: list[Relation]) -> Built | None:
    def take(table: Relation, sql: str) -> int:
        made.append(table)
        return work.query(f"create or replace temp table {quote(table.name)} as {sql}")

    relation, rows = work.relation, work.rows()
    limit = max(_FEW, rows // 3)
    known = " and ".join(f"key{n} is not null" for n in range(len(touched.key)))
    keys = take(KEYS, f"select distinct * from ({touched.keys}) where {known}")
    if not keys:
        return Built(rows, False, "no key of it is touched")
    if keys > limit:
        return None
    met = " and ".join(f"{relation}.{quote(c)} = k.key{n}" for n, c in enumerate(touched.key))
    before = take(_OLD, f"select * from {relation} semi join {KEYS} as k on {met}")
    if before > limit:
        return None
    views = kinds(touched.views, [touched.sql])
    for view, kind in views.items():
        work.query(f"create or replace temp {kind} {quote(view)} as {touched.views[view]}")
    after = _stage(work, touched, made)
    for view, kind in reversed([*views.items()]):
        work.query(f"drop {kind} temp.{quote(view)}")
    types = work.engine.described(_NEW)
    if [*work.engine.described(_OLD).items()] != [*types.items()]:
        return None
    if not take(_DIFFER, differing(str(_OLD), str(_NEW), types, _HASH)):
        return Built(rows, False, f"{keys:,} keys looked at, nothing differs")
    met_hash = f"semi join {_DIFFER} as d on {row_hash(types)} = d.{_HASH}"
    gone = take(_GONE, f"select t.* from {_OLD} as t {met_hash}")
    come = take(_COME, f"select t.* from {_NEW} as t {met_hash}")
    work.query(f"delete from {relation} using {KEYS} as k where {met}")
    work.query(f"insert into {relation} from {_NEW}")
    touched.note(_GONE, _COME)
    if touched.delta is not None:
        note_delta(work, touched.delta, _GONE, _COME)
    total = rows - before + after
    return Built(total, True, f"{keys:,} keys: {gone:,} rows replaced by {come:,}")


def _stage(work: Work, touched: Touched, made: list[Relation]) -> int:
    """The model's SQL over the rows of these keys; what is wrong with it has the user's line."""
    made.append(_NEW)
    model = work.model
    try:
        sql = f"create or replace temp table {quote(_NEW.name)} as\n{touched.sql}"
        return int(work.engine.query(sql, shift=1)[0][0])
    except EngineFault as fault:
        fault.at = model.place(work.project, fault.line, touched.lines)
        raise


def note_delta(work: Work, delta: Relation, gone: Relation, come: Relation) -> None:
    """Keep the rows that differ for the models that are made by key."""
    work.query(
        f"create or replace table {delta} as select *, false as {quote(IS_NEW)} from {gone}"
        f" union all select *, true from {come}"
    )


def kinds(views: Mapping[str, str], readers: Iterable[str]) -> dict[str, str]:
    """What to make of each of `views` for `readers`: a table of what is read more than once, lest
    its rows be looked for each time."""
    texts = [*views.values(), *readers]
    often = {name for name in views if sum(text.count(quote(name)) for text in texts) > 1}
    return {name: "table" if name in often else "view" for name in views}
