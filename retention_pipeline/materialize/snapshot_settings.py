"""What a snapshot's config asks for, and the statements that keep its history.

Room:  compile. Imports errors, materialize.settings, nodes, quoting.
In:    config, columns.  Out: Snapshot; SQL. The user's own query is never part of these statements:
it is run as it stands, into a table that they read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from retention_pipeline.errors import CompileError, Location, did_you_mean
from retention_pipeline.nodes import Relation
from retention_pipeline.quoting import quote

STRATEGIES = ("timestamp", "check")
HARD_DELETES = ("ignore", "invalidate", "new_record")
NOW = "cast(now() as timestamp)"  # the same throughout a transaction; every cursor is on UTC
_META = ("dbt_scd_id", "dbt_updated_at", "dbt_valid_from", "dbt_valid_to", "dbt_is_deleted")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """How rows are recognised again, and when one counts as changed. `meta`: dbt's names -> ours."""

    strategy: str
    unique_key: tuple[str, ...]
    updated_at: str
    check_cols: tuple[str, ...]  # empty: all
    hard_deletes: str
    open_end: str  # SQL of dbt_valid_to of rows that are current
    meta: Mapping[str, str]

    @property
    def marks_deleted(self) -> bool:
        return self.hard_deletes == "new_record"

    @property
    def meta_columns(self) -> list[str]:
        """Their own columns, in dbt's order."""
        return [self.meta[m] for m in _META if m != "dbt_is_deleted" or self.marks_deleted]


def read_snapshot(config: Mapping[str, Any], at: Location) -> Snapshot:
    """The settings of a snapshot. Raises CompileError for those that make no sense."""
    strategy = _one_of(config, "strategy", STRATEGIES, None, at)
    key = _texts(config, "unique_key", at)
    if not key:
        raise CompileError("a snapshot needs a unique_key", at=at, fix="config: {unique_key: id}")
    updated_at, check = str(config.get("updated_at") or ""), config.get("check_cols")
    if strategy == "timestamp" and not updated_at:
        raise CompileError("strategy 'timestamp' needs updated_at", at=at)
    if strategy == "check" and not check:
        fix = "check_cols: all, or a list of columns"
        raise CompileError("strategy 'check' needs check_cols", at=at, fix=fix)
    columns = () if check in (None, "all", ["all"]) else _texts(config, "check_cols", at)
    old = config.get("invalidate_hard_deletes")
    if old is not None and config.get("hard_deletes"):
        raise CompileError(
            "invalidate_hard_deletes is the old name of hard_deletes: invalidate",
            at=at,
            fix="keep hard_deletes only",
        )
    default = "invalidate" if old is True or str(old).lower() == "true" else HARD_DELETES[0]
    deletes = _one_of(config, "hard_deletes", HARD_DELETES, default, at)
    return Snapshot(
        strategy,
        key,
        updated_at or NOW,
        columns,
        deletes,
        str(config.get("dbt_valid_to_current") or "null"),
        _names(config, at),
    )


def _names(config: Mapping[str, Any], at: Location) -> dict[str, str]:
    names = config.get("snapshot_meta_column_names") or {}
    for name in names:
        if name not in _META:
            raise CompileError(
                f"snapshot_meta_column_names: '{name}' is unknown",
                at=at,
                fix=did_you_mean(str(name), _META) or f"there are: {', '.join(_META)}",
            )
    return {name: str(names.get(name, name)) for name in _META}


def _one_of(
    config: Mapping[str, Any], name: str, known: Sequence[str], default: str | None, at: Location
) -> str:
    value = config.get(name) or default
    if value not in known:
        said = "is missing" if value is None else f"'{value}' is unknown"
        fix = did_you_mean(str(value), known) or f"use {', '.join(known)}"
        raise CompileError(f"{name} {said}", at=at, fix=fix)
    return str(value)


def _texts(config: Mapping[str, Any], name: str, at: Location) -> tuple[str, ...]:
    value = config.get(name)
    texts = [value] if isinstance(value, str) else value or []
    if not isinstance(texts, (list, tuple)) or not all(isinstance(t, str) for t in texts):
        raise CompileError(f"{name} must be a column or a list of columns", at=at)
    return tuple(texts)


# -- SQL ------------------------------------------------------------------------------------------
def first_query(how: Snapshot, rows: str) -> str:
    """The table of a first build, from a relation or a query in brackets."""
    names = [quote(name) for name in how.meta_columns]
    at = f"({how.updated_at})"
    values = [_hash(how.unique_key, how.updated_at), at, at, _open_end(how, at), "'False'"]
    pairs = zip(values, names, strict=False)
    return f"select *, {', '.join(f'{v} as {n}' for v, n in pairs)} from {rows}"


def doubled_query(how: Snapshot, rows: Relation) -> str:
    """Keys that stand for several rows: which of them is the row cannot be said."""
    keys = ", ".join(f"({key})" for key in how.unique_key)
    return f"select {keys}, count(*) as n from {rows} group by {keys} having count(*) > 1 limit 1"


@dataclass(frozen=True, slots=True)
class Change:
    """The statements of one run on a table that is there.

    `columns` are those of the staged rows, `known` those of the table, `compared` those whose
    values decide; None for all rows counting as changed.
    """

    how: Snapshot
    into: Relation
    staged: Relation
    columns: Sequence[str]
    known: Sequence[str]
    compared: Sequence[str] | None

    def opened(self) -> str:
        """A query of the rows to add: new ones, and the new versions of changed ones."""
        listed = ", ".join(f"s.{quote(name)}" for name in self.columns)
        values = ['s."__id"', 's."__at"', 's."__at"', _open_end(self.how, 's."__at"'), "'False'"]
        meta = [
            f"{value} as {quote(name)}"
            for value, name in zip(values, self.how.meta_columns, strict=False)
        ]
        added = (
            f"select {listed}, {', '.join(meta)} from {self._rows} as s left join {self._current}"
            f" as c on {self._same} where c.{self._id} is null or {self._changed}"
        )
        return f"{added} union all {self._graves}" if self.how.marks_deleted else added

    def closed(self) -> str:
        """A query of the versions to end: (id, when)."""
        changed = (
            f'select c.{self._id} as "__id", s."__at" as "__end" from {self._current} as c'
            f" join {self._rows} as s on {self._same} where {self._changed}"
        )
        if self.how.hard_deletes == "ignore":
            return changed
        return f"{changed} union all select c.{self._id}, {NOW} {self._gone}"

    def close(self, ends: Relation) -> str:
        """End the versions that `ends` names."""
        end = quote(self.how.meta["dbt_valid_to"])
        return (
            f'update {self.into} as t set {end} = e."__end" from {ends} as e'
            f' where t.{self._id} = e."__id" and {self.is_open("t.")}'
        )

    # -- parts --------------------------------------------------------------------------------
    @property
    def _id(self) -> str:
        return quote(self.how.meta["dbt_scd_id"])

    @property
    def _keys(self) -> str:
        keys = enumerate(self.how.unique_key)
        return ", ".join(f'({key}) as "__key_{number}"' for number, key in keys)

    @property
    def _rows(self) -> str:
        at, scd = self.how.updated_at, _hash(self.how.unique_key, self.how.updated_at)
        return f'(select *, {self._keys}, ({at}) as "__at", {scd} as "__id" from {self.staged})'

    @property
    def _current(self) -> str:
        return f"(select *, {self._keys} from {self.into} where {self.is_open('')})"

    def is_open(self, prefix: str) -> str:
        """True for a version that nothing has ended."""
        end = f"{prefix}{quote(self.how.meta['dbt_valid_to'])}"
        is_null = f"{end} is null"
        return (
            is_null
            if self.how.open_end == "null"
            else f"({end} = {self.how.open_end} or {is_null})"
        )

    @property
    def _same(self) -> str:
        numbers = range(len(self.how.unique_key))
        return " and ".join(f's."__key_{n}" is not distinct from c."__key_{n}"' for n in numbers)

    @property
    def _changed(self) -> str:
        if self.how.strategy == "timestamp":
            found = f'c.{quote(self.how.meta["dbt_valid_from"])} < s."__at"'
        elif self.compared is None:
            found = "true"
        else:
            names = [quote(name) for name in self.compared]
            found = " or ".join(f"s.{n} is distinct from c.{n}" for n in names) or "false"
        if self.how.marks_deleted:
            found += f" or c.{quote(self.how.meta['dbt_is_deleted'])} = 'True'"
        return f"({found})"

    @property
    def _gone(self) -> str:
        found = (
            f"from {self._current} as c left join {self._rows} as s on {self._same}"
            ' where s."__id" is null'
        )
        if self.how.marks_deleted:
            found += f" and c.{quote(self.how.meta['dbt_is_deleted'])} is distinct from 'True'"
        return found

    @property
    def _graves(self) -> str:
        """One more version of each row that is gone, which says so."""
        there = {name.lower() for name in self.known}
        listed = [
            f"{f'c.{quote(name)}' if name.lower() in there else 'null'} as {quote(name)}"
            for name in self.columns
        ]
        end = f"c.{quote(self.how.meta['dbt_valid_to'])}"
        values = [_hash((f"c.{self._id}",), NOW), NOW, NOW, end, "'True'"]
        meta = zip(values, self.how.meta_columns, strict=True)
        listed += [f"{value} as {quote(name)}" for value, name in meta]
        return f"select {', '.join(listed)} {self._gone}"


def _open_end(how: Snapshot, at: str) -> str:
    return f"coalesce(nullif({at}, {at}), {how.open_end})"


def _hash(keys: Sequence[str], at: str) -> str:
    """dbt's own expression: what it calls dbt_scd_id has the same value here."""
    parts = " || '|' || ".join(f"coalesce(cast({part} as varchar), '')" for part in (*keys, at))
    return f"md5({parts})"
