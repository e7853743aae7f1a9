"""Realise a raw contract: a table with exactly its columns and types, or an error and no change.

Room:  act. Imports: errors, quoting, inputs. The only module of the room that writes real tables.
In:    a DuckDB cursor, a contract, its origin.  Out: LoadReport; the table and `rejected_rows`.

The quick pass reads, casts and writes in one statement that stops at the first bad value. Only
when it stops are the rows staged, and everything wrong with them listed (staging.py).
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import duckdb

from retention_pipeline.errors import Location
from retention_pipeline.inputs import casts, intervals, staging
from retention_pipeline.inputs.batches import NOT_THE_FILE, Batch, batches, first_line
from retention_pipeline.inputs.contract import (
    ADDED,
    LOADED_AT,
    Format,
    InputContract,
    LoadReport,
    OnBadRows,
    Origin,
)
from retention_pipeline.inputs.errors import BadRowsError, InputContractError
from retention_pipeline.quoting import literal, quote, relation

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    BeforeCommit = Callable[[LoadReport], None]

REJECTS_SCHEMA = "raw"
REJECTS = relation(REJECTS_SCHEMA, "rejected_rows")
SHOWN_REASONS = 10


def prepare(cursor: duckdb.DuckDBPyConnection, schemas: Iterable[str]) -> None:
    """Create the schemas and `raw.rejected_rows`; once, before loads that run side by side."""
    for schema in {*schemas, REJECTS_SCHEMA}:
        cursor.execute(f"create schema if not exists {quote(schema)}")
    cursor.execute(
        f"create table if not exists {REJECTS} (source varchar, file varchar, row_number bigint, "
        "column_name varchar, value varchar, wanted_type varchar, reason varchar, raw_row varchar)"
    )


def load(
    cursor: duckdb.DuckDBPyConnection,
    contract: InputContract,
    origin: Origin,
    *,
    on_bad_rows: OnBadRows = "error",
    max_examples: int = 10,
    before_commit: BeforeCommit | None = None,
    old_as: str | None = None,
) -> LoadReport:
    """Replace the contract's table by the rows of `origin`, in one transaction of its own.

    `before_commit` runs inside that transaction, with the report; what it raises undoes the load.
    `old_as`: the name that the old table has there meanwhile; `before_commit` must drop it.
    """
    prepare(cursor, [contract.schema])
    _check_types(cursor, contract)
    found = () if origin.absent else batches(cursor, contract, origin)
    writer = _Writer(cursor, contract, origin, found, before_commit, old_as)
    if not found:
        return writer.write(_empty_sql(contract), 0)
    report = writer.quick()
    if report is not None:
        return report
    try:
        staged = staging.stage(cursor, contract, origin, found)
        if staged.rows_bad and on_bad_rows == "error":
            raise _bad_rows(cursor, staged, max_examples)
        return writer.write(staged.good_sql(), staged.rows_read, staged)
    finally:
        staging.drop(cursor, len(found))


def append(
    cursor: duckdb.DuckDBPyConnection,
    contract: InputContract,
    origin: Origin,
    added: Collection[Path],
    *,
    before_commit: BeforeCommit,
) -> LoadReport | None:
    """Add the rows of the files `added` to a table that holds those of all others of `origin`.

    None, and nothing is done, where only loading the whole says what is right: bad rows, now or
    before; keys that are there already; what is read by its other rows too (NDJSON, intervals).
    `before_commit` runs inside the transaction; the new rows are in ADDED then.
    """
    if contract.intervals is not None or origin.format not in (Format.CSV, Format.PARQUET):
        return None
    found = batches(cursor, contract, origin)
    files = ((batch, tuple(f for f in batch.files if f in added)) for batch in found)
    new = [replace(batch, files=of_it) for batch, of_it in files if of_it]
    if not all(batch.is_quick for batch in new):
        return None
    return _Writer(cursor, contract, origin, found, before_commit, None).append(new)


def adopt(
    cursor: duckdb.DuckDBPyConnection,
    contract: InputContract,
    relation_sql: str,
    *,
    on_bad_rows: OnBadRows = "error",
    max_examples: int = 10,
    before_commit: BeforeCommit | None = None,
) -> LoadReport:
    """The same from an existing table, view or table function: whatever may stand after FROM."""
    return load(
        cursor,
        contract,
        Origin(relation=relation_sql),
        on_bad_rows=on_bad_rows,
        max_examples=max_examples,
        before_commit=before_commit,
    )


def _check_types(cursor: duckdb.DuckDBPyConnection, contract: InputContract) -> None:
    """Let DuckDB itself say whether it knows the types."""
    try:
        cursor.execute(f"describe {_empty_sql(contract)}")
    except duckdb.Error as error:
        raise InputContractError(
            f"a data_type of source '{contract.name}' is unknown: {first_line(error)}",
            at=contract.at,
        ) from error


def _empty_sql(contract: InputContract) -> str:
    columns = ", ".join(
        f"cast(null as {column.data_type}) as {quote(column.name)}" for column in contract.columns
    )
    return f"select {columns} limit 0"


class _Writer:
    """One table's write: begin, replace the table, replace its rejects, commit; or roll back."""

    def __init__(
        self,
        cursor: duckdb.DuckDBPyConnection,
        contract: InputContract,
        origin: Origin,
        found: tuple[Batch, ...],
        before_commit: BeforeCommit | None,
        old_as: str | None,
    ) -> None:
        self.cursor = cursor
        self.contract = contract
        self.origin = origin
        self.found = found
        self.before_commit = before_commit
        self.old_as = old_as

    def quick(self) -> LoadReport | None:
        """All in one statement; None when something in the files stops it."""
        if not all(batch.is_quick for batch in self.found):
            return None
        with self._transaction():
            try:
                loaded = self._fill(" union all ".join(map(_quick_sql, self.found)))
                if self._has_equal_keys() or self._has_broken_intervals():
                    raise _StoppedError
            except NOT_THE_FILE:
                raise
            except duckdb.Error as error:
                raise _StoppedError from error
            return self._finish(self._report(loaded, loaded, None), None)
        return None

    def write(
        self, select: str, rows_read: int, staged: staging.Staged | None = None
    ) -> LoadReport:
        """From rows that are known to be good."""
        with self._transaction():
            loaded = self._fill(select)
            return self._finish(self._report(rows_read, loaded, staged), staged)
        raise AssertionError("only the quick pass may stop")

    def append(self, new: Sequence[Batch]) -> LoadReport | None:
        """The same for rows that come to those that are there."""
        bad = self._count(
            f"select count(*) from {REJECTS} where source = {literal(self.contract.name)}"
        )
        if bad:
            return None
        with self._transaction():
            target = self.contract.target
            try:
                rows = " union all ".join(map(_quick_sql, new))
                self.cursor.execute(f"create temp table {ADDED.removeprefix('temp.')} as {rows}")
                if self._has_known_keys():
                    raise _StoppedError
            except NOT_THE_FILE:
                raise
            except duckdb.Error as error:
                raise _StoppedError from error
            self.cursor.execute(f"insert into {target} from {ADDED}")
            loaded = self._count(f"select count(*) from {target}")
            report = self._report(loaded, loaded, None)
            if self.before_commit is not None:
                self.before_commit(report)
            self.cursor.execute(f"drop table {ADDED}")
            self.cursor.execute("commit")
            return report
        return None

    def _has_known_keys(self) -> bool:
        """True when two of the new rows have the same key and version, or one has that of an old."""
        if not self.contract.key:
            return False
        keys = [quote(name) for name in self.contract.key]
        version = [quote(c.name) for c in self.contract.columns if c.name.lower() == LOADED_AT]
        there = " and ".join(f"{key} is not null" for key in keys)
        met = " and ".join(
            [f"t.{key} = a.{key}" for key in keys]
            + [f"t.{name} is not distinct from a.{name}" for name in version]
        )
        among = (
            f"select 1 from {ADDED} where {there} group by {', '.join(keys + version)}"
            " having count(*) > 1"
        )
        old = f"select 1 from {self.contract.target} as t semi join {ADDED} as a on {met}"
        return self._count(f"select count(*) from ({among} union all {old})") > 0

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self.cursor.execute("begin transaction")
        try:
            yield
        except BaseException as error:
            # An error may have ended the transaction already.
            with suppress(duckdb.TransactionException):
                self.cursor.execute("rollback")
            if not isinstance(error, _StoppedError):
                raise

    def _fill(self, select: str) -> int:
        self._drop_view()
        if self.old_as is not None:
            self.cursor.execute(
                f"alter table {self.contract.target} rename to {quote(self.old_as)}"
            )
        self.cursor.execute(f"create or replace table {self.contract.target} as {select}")
        return self._count(f"select count(*) from {self.contract.target}")

    def _finish(self, report: LoadReport, staged: staging.Staged | None) -> LoadReport:
        self._replace_rejects(staged)
        if self.before_commit is not None:
            self.before_commit(report)
        self.cursor.execute("commit")
        return report

    def _drop_view(self) -> None:
        """CREATE OR REPLACE TABLE does not replace a view."""
        views = self._count(
            "select count(*) from duckdb_views() where database_name = current_database() "
            f"and schema_name = {literal(self.contract.schema)} "
            f"and view_name = {literal(self.contract.identifier)}"
        )
        if views:
            self.cursor.execute(f"drop view {self.contract.target}")

    def _has_equal_keys(self) -> bool:
        """Equal hashes are only a suspicion; the slow road looks at the keys themselves."""
        key = self.contract.key
        if not key:
            return False
        names = [*key, *(c.name for c in self.contract.columns if c.name.lower() == LOADED_AT)]
        there = " and ".join(f"{quote(name)} is not null" for name in key)
        equal = (
            f"select 1 from {self.contract.target} where {there} "
            f"group by hash({', '.join(map(quote, names))}) having count(*) > 1 limit 1"
        )
        return self._count(f"select count(*) from ({equal})") > 0

    def _has_broken_intervals(self) -> bool:
        broken = intervals.broken_sql(self.contract, self.contract.target)
        return self._count(f"select count(*) from ({broken})") > 0

    def _replace_rejects(self, staged: staging.Staged | None) -> None:
        self.cursor.execute(f"delete from {REJECTS} where source = {literal(self.contract.name)}")
        if staged is not None and staged.rows_bad:
            self.cursor.execute(f"insert into {REJECTS} {staged.rejected_sql()}")

    def _report(self, rows_read: int, loaded: int, staged: staging.Staged | None) -> LoadReport:
        names = [column.name for column in self.contract.columns]
        missing = {name for batch in self.found for name in batch.matched.missing}
        ignored = {name: None for batch in self.found for name in batch.matched.ignored}
        report = LoadReport(
            source=self.contract.name,
            origin=self.origin,
            rows_read=rows_read,
            rows_loaded=loaded,
            rows_rejected=staged.rows_bad if staged else 0,
            missing_columns=tuple(name for name in names if name in missing or self.origin.absent),
            ignored_columns=tuple(ignored),
        )
        return replace(report, reasons=staged.reasons) if staged else report

    def _count(self, sql: str) -> int:
        row = self.cursor.execute(sql).fetchone()
        return int(row[0]) if row else 0


class _StoppedError(Exception):
    """Not for users: the quick pass met something that it cannot load."""


def _quick_sql(batch: Batch) -> str:
    cells = batch.cleaned()
    inner = ", ".join(f"{cell[0]} as x{i}" for i, cell in enumerate(cells) if cell is not None)
    outer = ", ".join(
        f"cast(null as {column.data_type}) as {quote(column.name)}"
        if (cell := cells[i]) is None
        else f"{casts.guarded(column, f'x{i}', cell[1])} as {quote(column.name)}"
        for i, column in enumerate(batch.contract.columns)
    )
    return f"select {outer} from (select {inner} from {batch.raw_sql(batch.files, numbered=False)})"


def _bad_rows(
    cursor: duckdb.DuckDBPyConnection, staged: staging.Staged, limit: int
) -> BadRowsError:
    examples = staged.examples(cursor, max(limit, 1))
    several = len(staged.origin.files) > 1
    lines = [f"{f'{each.file}: ' if several else ''}{each}" for each in examples[:limit]]
    problems = sum(staged.reasons.values())
    if problems > limit:
        lines.append(f"... and {problems - limit:,} more")
    lines.append("in all: " + _counted(list(staged.reasons.items())))
    first = examples[0]
    return BadRowsError(
        f"{staged.rows_bad:,} of {staged.rows_read:,} rows break the contract of "
        f"'{staged.contract.name}'; nothing was loaded\n  " + "\n  ".join(lines),
        examples=examples[:limit],
        reasons=staged.reasons,
        at=Location(first.file, first.number if staged.unit == "line" else None),
        fix="correct the rows, or set the var on_bad_rows to 'quarantine': the other rows are "
        "loaded and these are kept in raw.rejected_rows",
    )


def _counted(reasons: Sequence[tuple[str, int]]) -> str:
    shown = [f"{times:,} x {why}" for why, times in reasons[:SHOWN_REASONS]]
    if len(reasons) > SHOWN_REASONS:
        shown.append(f"{len(reasons) - SHOWN_REASONS} more kinds")
    return "; ".join(shown)
