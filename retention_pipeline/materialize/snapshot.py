"""Snapshots: what rows were, from when to when.

Room:  act. Imports engine, materialize, nodes, quoting.
In:    Work, inside a transaction.  Out: Built; EngineFault when rows cannot be told apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from retention_pipeline.engine import Built
from retention_pipeline.materialize.snapshot_settings import (
    Change,
    Snapshot,
    doubled_query,
    first_query,
    read_snapshot,
)
from retention_pipeline.materialize.work import Work
from retention_pipeline.nodes import Relation
from retention_pipeline.quoting import quote

_STAGED, _NEW, _ENDS = (Relation("temp", f"__snapshot_{name}") for name in ("rows", "new", "ends"))


def make_snapshot(work: Work) -> Built:
    """A first build makes the table; every other one only adds versions and ends others."""
    how = read_snapshot(work.model.config, work.at)
    if work.was == "view":
        raise work.fault(
            f"{work.relation} is a view: a snapshot cannot keep history there",
            "drop it, or give the snapshot another name",
        )
    work.engine.query(f"create or replace temp table {quote(_STAGED.name)} as\n{work.model.sql}", 1)
    refuse_doubles(work, how, work.engine.query(doubled_query(how, _STAGED)))
    if work.was is None:
        rows = work.query(f"create table {work.relation} as {first_query(how, str(_STAGED))}")
        built = Built(rows, True)
    else:
        built = _add(work, how)
    work.query(f"drop table {_STAGED}")
    return built


def refuse_doubles(work: Work, how: Snapshot, found: list[tuple[Any, ...]]) -> None:
    """Raise for what `doubled_query` found."""
    if found:
        *key, count = found[0]
        raise work.fault(
            f"unique_key ({', '.join(how.unique_key)}) is not unique:"
            f" {count} rows have {', '.join('NULL' if k is None else str(k) for k in key)}",
            "choose a key that names one row, or leave one row of each in the query",
        )


def _add(work: Work, how: Snapshot) -> Built:
    known, fresh = work.engine.columns(work.relation), work.engine.columns(_STAGED)
    missing = [name for name in how.meta_columns if name not in known]
    if missing:
        raise work.fault(
            f"{work.relation} has no column {', '.join(missing)}: it is no snapshot with these settings",
            "take back the setting, or add the column to the table and fill it",
        )
    said = _fit(work, known, fresh)
    decide = compared(work, how, known, fresh)
    change = Change(how, work.relation, _STAGED, list(fresh), list(known), decide)
    for relation, query in ((_NEW, change.opened()), (_ENDS, change.closed())):
        work.query(f"create or replace temp table {quote(relation.name)} as {query}")
    ended = work.query(change.close(_ENDS))
    added = work.query(f"insert into {work.relation} by name select * from {_NEW}")
    for relation in (_NEW, _ENDS):
        work.query(f"drop table {relation}")
    said.insert(0, f"{added} versions added, {ended} ended")
    return Built(work.rows(), bool(added or ended or len(said) > 1), "; ".join(said))


def compared(
    work: Work, how: Snapshot, known: Mapping[str, str], fresh: Mapping[str, str]
) -> list[str] | None:
    """The columns that decide whether a row changed; None when one of them is new: all rows did."""
    names = {name.lower(): name for name in fresh}
    for name in how.check_cols:
        if name.strip('"').lower() not in names:
            raise work.fault(f"check_cols: the query has no column {name}")
    wanted = [name.strip('"').lower() for name in how.check_cols] or list(names)
    there = {name.lower() for name in known}
    return [names[n] for n in wanted] if all(n in there for n in wanted) else None


def _fit(work: Work, known: dict[str, str], fresh: dict[str, str]) -> list[str]:
    """Make room for new columns and wider types. What would be cut off or rounded is refused."""
    said = []
    there = {name.lower(): (name, kind) for name, kind in known.items()}
    for name, kind in fresh.items():
        column, old = there.get(name.lower(), (name, ""))
        if not old:
            work.query(f"alter table {work.relation} add column {quote(name)} {kind}")
            said.append(f"added {name}")
        elif old != kind:
            both = f"select lower(typeof(coalesce(cast(null as {old}), cast(null as {kind}))))"
            widest = str(work.engine.query(both)[0][0])
            if widest not in (old, kind):
                raise work.fault(
                    f"{name} is {kind} in the query and {old} in the table",
                    "cast it in the query, or alter the table",
                )
            if widest != old:
                column_type = f"alter column {quote(column)} type {kind}"
                work.query(f"alter table {work.relation} {column_type}")
                said.append(f"{name} is {kind}, was {old}")
    return said
