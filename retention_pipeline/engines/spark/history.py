"""Tables that keep history on Spark: the old version is read, and a new one is written beside it.

Room:  act. Imports contents, engine, engines.spark, materialize, nodes, quoting.
In:    Work of an engine whose rows are on Spark.  Out: Built; EngineFault when the columns do not fit.

Versions are never changed, so an increment is one query: the rows that stay, and the new ones. It is
written in the project's own words and translated like every other. Where the format keeps commits
(delta), it is one of these instead: the version is then the table as of that commit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from retention_pipeline.contents import compare
from retention_pipeline.engine import Built
from retention_pipeline.engines.spark.book import Made
from retention_pipeline.engines.spark.commits import may_merge, merge
from retention_pipeline.engines.spark.ground import TABLE
from retention_pipeline.materialize.incremental import Increment
from retention_pipeline.materialize.snapshot import compared, refuse_doubles
from retention_pipeline.materialize.snapshot_settings import (
    NOW,
    Change,
    Snapshot,
    first_query,
    read_snapshot,
)
from retention_pipeline.materialize.strategies import matched
from retention_pipeline.materialize.work import Work
from retention_pipeline.nodes import Materialized, Relation
from retention_pipeline.quoting import literal, quote

if TYPE_CHECKING:
    from retention_pipeline.engines.spark.house import SparkHouse

_SHAPE = Relation("temp", "__shape")


def _house(work: Work) -> SparkHouse:
    return cast("SparkHouse", work.engine)


def make_incremental(work: Work) -> Built:
    """The increment where there is a table, else the whole model."""
    model = work.model
    if work.rebuild or work.was != "table":
        same = work.is_same if work.was == "table" else None
        return work.engine.make(model.relation, Materialized.TABLE, model.sql, work.was, same)
    return _SparkIncrement(work).run()


class _SparkIncrement(Increment):
    def __init__(self, work: Work) -> None:
        super().__init__(work, Relation(work.relation.schema, f"{work.relation.name}__staged"))
        self.house = _house(work)

    def run(self) -> Built:
        with self.at_its_lines() as sql:
            count = int(self.house.make(self.staged, Materialized.TABLE, sql, None).rows or 0)
        try:
            return self._joined(count)
        finally:
            self.house.forget(self.staged)

    def _joined(self, count: int) -> Built:
        into = self.work.relation
        before, old = self.house.count(into), self.house.columns(into)
        listed = ", ".join(f"{quote(name)} {kind}" for name, kind in old.items())
        self.house.query(f"create or replace temp table {quote(_SHAPE.name)} ({listed})")
        written, said = self.fit()
        if not count and not said:
            return Built(before, False, "no new rows")
        if not said and (merged := self._merged(count, before)) is not None:
            return merged
        new = self.house.columns(_SHAPE)
        kept = self._kept(_padded(new, old, "old"))
        sql = f"{kept}\nunion all\nselect {_padded(new, written, 'new')} from {self.staged} as new"
        built = self.house.make_apart(into, sql, new, [into, self.staged], self.work.is_same)
        if not built.changed:
            return Built(before, False, "the new rows are there already")
        said.insert(0, f"{count} rows by {self.how.strategy}, {before} before, {built.rows} now")
        return Built(built.rows, True, "; ".join(said))

    def _merged(self, count: int, before: int) -> Built | None:
        """By a commit of the table's own, where its format has such; None: it is to be written anew."""
        into = self.work.relation
        if not may_merge(self.house, into, self.staged, self.how):
            return None
        keys = self.how.unique_key if self.how.strategy != "append" else ()
        if keys and self._are_there():
            return Built(before, False, "the new rows are there already")
        version = merge(self.house, into, self.staged, keys)
        if version is None:
            return None
        rows = self.house.spark.count(into, version)
        self.house.took(Made(into, version, TABLE), self.house.columns(into), rows)
        said = f"{count} rows by {self.how.strategy}, {before} before, {rows} now"
        return Built(rows, True, f"{said}, in place")

    def _are_there(self) -> bool:
        """True when the rows of the staged keys are exactly the staged rows."""
        into, types = self.work.relation, self.house.columns(self.staged)
        there = Relation(into.schema, f"{into.name}__there")
        where, keys = matched(self.how, self.staged)
        listed = _padded(types, types, "old")
        sql = f"select {listed} from {into} as old join {keys} on {where}"
        try:
            self.house.make_apart(there, sql, types, [into, self.staged])
            return compare(self.house, there, self.staged, set) is None
        finally:
            self.house.forget(there)

    def _kept(self, listed: str) -> str:
        """The rows that no staged key replaces."""
        into = self.work.relation
        if self.how.strategy == "append" or not self.how.unique_key:
            return f"select {listed} from {into} as old"
        where, keys = matched(self.how, self.staged)
        keys = keys.replace("(select distinct ", "(select distinct true as __there, ", 1)
        alias = next((a for a in _ALIASES if self._is_named(a)), "old")
        return (
            f"select {listed.replace('old.', f'{alias}.')} from {into} as {alias}"
            f" left join {keys} on {where} where __staged.__there is null"
        )

    def _is_named(self, alias: str) -> bool:
        return any(alias.lower() in p.lower() for p in self.how.predicates)

    def alter(self, change: str, said: str) -> str:
        """What the table is to look like is tried on an empty one."""
        self.work.query(f"alter table {_SHAPE} {change}")
        return said


_ALIASES = ("DBT_INCREMENTAL_TARGET", "DBT_INTERNAL_DEST")


def make_snapshot(work: Work) -> Built:
    """A first build makes the table; every other one adds versions and ends others."""
    house, how = _house(work), read_snapshot(work.model.config, work.at)
    if work.was == "view":
        raise work.fault(
            f"{work.relation} is a view: a snapshot cannot keep history there",
            "drop it, or give the snapshot another name",
        )
    staged = Relation(work.relation.schema, f"{work.relation.name}__staged")
    house.make(staged, Materialized.TABLE, work.model.sql, None)
    try:
        keys = ", ".join(
            f"({key}) as {quote(f'__key_{n}')}" for n, key in enumerate(how.unique_key)
        )
        counted = ", ".join(quote(f"__key_{n}") for n in range(len(how.unique_key)))
        doubled = (
            f"select {counted}, count(*) as n from (select {keys} from {staged}) as q"
            f" group by {counted} having count(*) > 1"
        )
        refuse_doubles(work, how, house.ask_apart(doubled, [staged], limit=1))
        moment = literal(str(house.query("select cast(now() as timestamp)")[0][0]))
        now = f"cast({moment} as timestamp)"
        if work.was is None:
            sql = first_query(how, str(staged)).replace(NOW, now)
            types = house.types_of(sql)
            return house.make_apart(work.relation, sql, types, [staged])
        return _with_versions(work, how, staged, now)
    finally:
        house.forget(staged)


def _with_versions(work: Work, how: Snapshot, staged: Relation, now: str) -> Built:
    house, into = _house(work), work.relation
    known, fresh = house.columns(into), house.columns(staged)
    missing = [name for name in how.meta_columns if name not in known]
    if missing:
        raise work.fault(
            f"{into} has no column {', '.join(missing)}: it is no snapshot with these settings",
            "take back the setting, or add the column to the table and fill it",
        )
    there = {name.lower(): kind for name, kind in known.items()}
    added = {name: kind for name, kind in fresh.items() if name.lower() not in there}
    for name, kind in fresh.items():
        if there.get(name.lower(), kind) != kind:
            raise work.fault(
                f"{name} is {kind} in the query and {there[name.lower()]} in the table",
                "cast it in the query, or build the snapshot under another name",
            )
    columns = {**known, **added}
    change = Change(how, into, staged, list(fresh), list(known), compared(work, how, known, fresh))
    opened, closed = (text.replace(NOW, now) for text in (change.opened(), change.closed()))
    end, scd = quote(how.meta["dbt_valid_to"]), quote(how.meta["dbt_scd_id"])
    kept = ", ".join(
        f'case when e."__id" is not null and {change.is_open("t.")} then e."__end" else t.{end} end'
        f" as {end}"
        if quote(name) == end
        else f"cast(null as {kind}) as {quote(name)}"
        if name in added
        else f"t.{quote(name)}"
        for name, kind in columns.items()
    )
    new = _padded(columns, {**fresh, **{name: known[name] for name in how.meta_columns}}, "n")
    sql = (
        f'select {kept} from {into} as t left join ({closed}) as e on t.{scd} = e."__id"'
        f"\nunion all\nselect {new} from ({opened}) as n"
    )
    counts = [
        int(house.ask_apart(f"select count(*) as n from ({text}) as q", [into, staged])[0][0])
        for text in (opened, closed)
    ]
    if not any(counts) and not added:
        return Built(house.count(into), False, "0 versions added, 0 ended")
    built = house.make_apart(into, sql, columns, [into, staged])
    said = [f"{counts[0]} versions added, {counts[1]} ended", *(f"added {name}" for name in added)]
    return Built(built.rows, True, "; ".join(said))


def _padded(columns: Mapping[str, str], there: Mapping[str, str], alias: str) -> str:
    """All of the columns, typed; those that are not there are NULL."""
    folded = {name.lower(): name for name in there}
    return ", ".join(
        f"cast({f'{alias}.{quote(folded[n.lower()])}' if n.lower() in folded else 'null'} as {kind})"
        f" as {quote(n)}"
        for n, kind in columns.items()
    )
