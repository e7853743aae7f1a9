"""Increments as commits of one table, where its format keeps every commit readable: delta.

Room:  act. Imports engines.spark, materialize, nodes.
In:    a table as of a commit, the staged rows.  Out: its next version, `table@commit`; None when another one
has written meanwhile.

Who reads names the commit (`version as of`), so that what was merged is not seen before it is published,
and a merge of a build that died is never read: the table has a commit then that nobody noted, and the
next increment writes a table anew.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from retention_pipeline.engine import EngineFault
from retention_pipeline.engines.spark.versions import SparkEngine, parted, quoted
from retention_pipeline.materialize.incremental_settings import Incremental
from retention_pipeline.nodes import Relation

if TYPE_CHECKING:
    from retention_pipeline.engines.spark.house import SparkHouse

_FORMATS = frozenset({"delta"})


def first_commit(version: str, table_format: str) -> str:
    """What is to be read of a table that was just written, whatever is merged into it later."""
    return f"{version}@0" if table_format in _FORMATS else version


def may_merge(house: SparkHouse, into: Relation, staged: Relation, how: Incremental) -> bool:
    """Keys that are plain columns, the same columns on both sides, and nothing else to look at."""
    old, new = house.columns(into), house.columns(staged)
    names = {name.lower() for name in old}
    return (
        parted(house.known(into).version)[1] is not None
        and {n.lower(): t for n, t in old.items()} == {n.lower(): t for n, t in new.items()}
        and all(key.lower() in names for key in how.unique_key)
        and not how.predicates
    )


def merge(house: SparkHouse, into: Relation, staged: Relation, keys: Sequence[str]) -> str | None:
    """One commit: the rows of the staged keys go, and the staged rows come."""
    spark, known = house.spark, house.known(into).version
    table, commit = parted(known)
    before = int(commit or 0)  # it is there: may_merge
    if _last(spark, into, table, before) != before:
        return None
    columns = spark.columns(into, known)
    to, rows = spark.at(into, table), spark.at(staged, house.known(staged).version)
    if keys:
        spark.sessions.fetch(_replacing(to, rows, columns, keys))
    else:
        listed = ", ".join(map(quoted, columns))
        spark.sessions.fetch(f"insert into {to} ({listed}) select {listed} from {rows}")
    return f"{table}@{_last(spark, into, table, before)}"


def _last(spark: SparkEngine, relation: Relation, table: str, known: int) -> int:
    """The table's last commit: it is asked for one after the other, from one that is there."""
    after = known + 1
    try:
        spark.columns(relation, f"{table}@{after}")
    except EngineFault as fault:
        if re.search(rf"version {after}\b", fault.message):  # in the words of Sail and of delta
            return known
        raise
    return _last(spark, relation, table, after)


def _replacing(to: str, rows: str, columns: Mapping[str, str], keys: Sequence[str]) -> str:
    """A MERGE that takes several rows of a key, on both sides: the keys meet what goes, the rows nothing."""
    keyed = {quoted(f"__key_{n}"): quoted(key) for n, key in enumerate(keys)}
    kinds = {name.lower(): kind for name, kind in columns.items()}
    no_row = [f"cast(null as {kind}) as {quoted(name)}" for name, kind in columns.items()]
    no_key = [f"cast(null as {kinds[key.lower()]})" for key in keys]
    found = [f"{column} as {name}" for name, column in keyed.items()]
    names = [quoted(name) for name in columns]
    on = " and ".join(["s.__is_key", *(f"t.{key} <=> s.{name}" for name, key in keyed.items())])
    return (
        f"merge into {to} as t using ("
        f"select true as __is_key, {', '.join([*found, *no_row])}"
        f" from (select distinct {', '.join(keyed.values())} from {rows}) as k"
        f" union all select false, {', '.join([*no_key, *names])} from {rows}"
        f") as s on {on} when matched then delete when not matched and not s.__is_key"
        f" then insert ({', '.join(names)}) values ({', '.join(f's.{name}' for name in names)})"
    )
