"""The slow road: stage every row with its line number, find all that is wrong with it.

Room:  act. Imports: errors, quoting, inputs. Writes only temporary tables of its own connection.
In:    the batches of one table.  Out: Staged: counts, examples, reasons; SQL of the good rows.

Taken only when the quick pass met something it cannot load.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import duckdb

from retention_pipeline.errors import Location
from retention_pipeline.inputs import casts, intervals, opening, rows
from retention_pipeline.inputs.batches import NOT_THE_FILE, Batch, first_line
from retention_pipeline.inputs.contract import (
    FOLDER,
    LOADED_AT,
    BadValue,
    Format,
    InputContract,
    Origin,
)
from retention_pipeline.inputs.errors import SourceRelationError, UnreadableInputError
from retention_pipeline.quoting import literal, quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PROBLEMS = 'temp."__input_problems"'
TYPED = 'temp."__input_typed"'
_ATTEMPTS = 100
MISSING = "required value is missing"
DUPLICATE = "has a key that is already there"


@dataclass(frozen=True, slots=True)
class Staged:
    """What the rows of one table hold. The temporary tables live until `drop`."""

    contract: InputContract
    origin: Origin
    batches: tuple[Batch, ...]
    rows_read: int
    rows_bad: int
    reasons: Mapping[str, int]

    @property
    def unit(self) -> Literal["line", "row"]:
        return "line" if self.origin.format in (Format.CSV, Format.NDJSON) else "row"

    def good_sql(self) -> str:
        """The rows that may be loaded: the contract's columns and nothing else."""
        columns = ", ".join(
            f"v{i} as {quote(column.name)}" for i, column in enumerate(self.contract.columns)
        )
        return f"select {columns} from {TYPED} anti join {PROBLEMS} using (file, n)"

    def rejected_sql(self) -> str:
        """The rows of `rejected_rows`, one per bad value."""
        return (
            f"select {literal(self.contract.name)}, {self._file_name()}, n, column_name, value, "
            f"wanted_type, reason || detail, raw_row from {PROBLEMS} order by file, n, place"
        )

    def examples(self, cursor: duckdb.DuckDBPyConnection, limit: int) -> tuple[BadValue, ...]:
        """The first bad values, in the order of the files."""
        found = cursor.execute(
            f"select {self._file_name()}, n, column_name, coalesce(value, raw_row), wanted_type, "
            f"reason || detail from {PROBLEMS} order by file, n, place limit {limit:d}"
        ).fetchall()
        return tuple(
            BadValue(
                file=file,
                number=n,
                unit=self.unit,
                column=column,
                value=None if why == MISSING else value,
                wanted=wanted,
                reason=why,
            )
            for file, n, column, value, wanted, why in found
        )

    def _file_name(self) -> str:
        names = [str(file) for file in self.origin.files] or [str(self.origin)]
        return f"[{', '.join(literal(name) for name in names)}][file + 1]"


def stage(
    cursor: duckdb.DuckDBPyConnection,
    contract: InputContract,
    origin: Origin,
    batches: tuple[Batch, ...],
) -> Staged:
    """Read everything as it is, then cast it column by column and note what does not cast."""
    drop(cursor, len(batches))
    with _rows_in_order(cursor), workplace(cursor) as folder:
        for number, batch in enumerate(batches):
            _stage_batch(cursor, batch, number, origin, Path(folder) / "rows.csv")
    cursor.execute(
        f"create temp table {PROBLEMS.removeprefix('temp.')} (file integer, n bigint, "
        "place integer, column_name varchar, value varchar, wanted_type varchar, "
        "reason varchar, detail varchar, raw_row varchar)"
    )
    for number, batch in enumerate(batches):
        _note_faults(cursor, number)
        _note_bad_values(cursor, batch, number)
    _type_good_rows(cursor, contract, batches)
    _note_duplicates(cursor, contract, origin)
    _note_broken_intervals(cursor, contract)
    read = sum(_one(cursor, f"select count(*) from {_rows(b)}") for b in range(len(batches)))
    bad = _one(cursor, f"select count(*) from (select distinct file, n from {PROBLEMS})")
    reasons = cursor.execute(
        f"select concat_ws(' ', column_name, reason) as why, count(*) as times from {PROBLEMS} "
        "group by why order by times desc, why"
    ).fetchall()
    return Staged(contract, origin, batches, read, bad, dict(reasons))


@contextmanager
def workplace(cursor: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """A folder for rows on their way, beside what DuckDB spills: raw data stays where it belongs,
    and the next build finds and removes what a killed one left."""
    row = cursor.execute(
        "select path, current_setting('temp_directory') from duckdb_databases()"
        " where database_name = current_database()"
    ).fetchone()
    beside = str(row[1]) if row and row[0] and row[1] else None
    try:
        with _own_folder(beside) as folder:
            yield folder
    finally:
        if beside is not None:
            with suppress(OSError):
                Path(beside).rmdir()  # unless something is spilled there


def _own_folder(beside: str | None) -> tempfile.TemporaryDirectory[str]:
    """A new folder below `beside`, which a load that ends at this moment may just have removed."""
    for _ in range(_ATTEMPTS):
        with suppress(FileNotFoundError, FileExistsError):
            if beside is not None:
                Path(beside).mkdir(parents=True, exist_ok=True)
            return tempfile.TemporaryDirectory(prefix=f"{FOLDER}{os.getpid()}-", dir=beside)
    return tempfile.TemporaryDirectory(prefix=f"{FOLDER}{os.getpid()}-", dir=beside)


@contextmanager
def _rows_in_order(cursor: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Numbering rows needs them in the order of the file, whatever the session prefers."""
    row = cursor.execute("select current_setting('preserve_insertion_order')").fetchone()
    if row is None or row[0]:
        yield
        return
    cursor.execute("set preserve_insertion_order = true")
    try:
        yield
    finally:
        cursor.execute("set preserve_insertion_order = false")


def drop(cursor: duckdb.DuckDBPyConnection, batches: int) -> None:
    """Remove the temporary tables."""
    for table in (PROBLEMS, TYPED, *(_rows(number) for number in range(batches))):
        cursor.execute(f"drop table if exists {table}")


def _rows(number: int) -> str:
    return f'temp."__input_rows_{number}"'


def _one(cursor: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = cursor.execute(sql).fetchone()
    return int(row[0]) if row else 0


def _stage_batch(
    cursor: duckdb.DuckDBPyConnection, batch: Batch, number: int, origin: Origin, tidy: Path
) -> None:
    cells = [f"{cell[0]} as x{i}" for i, cell in enumerate(batch.cleaned()) if cell is not None]
    table = _rows(number)
    exists = False
    order = {file: index for index, file in enumerate(origin.files)}
    for file in batch.files or (None,):
        index = 0 if file is None else order[file]
        select = (
            f"select cast({index:d} as integer) as file, n, fault, raw, {', '.join(cells)} from"
        )
        head = f"insert into {table}" if exists else f"create temp table {table[5:]} as"
        try:
            _stage_file(cursor, batch, index, file, f"{head} {select}", table)
        except _NeedsRowsError:
            if file is None:
                raise AssertionError("only text files are read row by row") from None
            if batch.head is None:
                rows.write_tidy(rows.json_rows(file), 1, tidy)
            else:
                head_of_it = replace(batch.head, path=file)
                rows.write_tidy(rows.csv_rows(head_of_it), len(head_of_it.names), tidy)
            head = f"insert into {table}" if _exists(cursor, table) else head
            _execute_on(file, cursor, f"{head} {select} {batch.tidy_sql(tidy)}")
        exists = True


def _execute_on(file: Path, cursor: duckdb.DuckDBPyConnection, statement: str) -> None:
    try:
        cursor.execute(statement)
    except NOT_THE_FILE:
        raise
    except duckdb.Error as error:
        raise UnreadableInputError(
            f"cannot be read: {first_line(error)}", at=Location(file)
        ) from error


class _NeedsRowsError(Exception):
    """Not for users: this text file has to be read row by row."""


def _stage_file(
    cursor: duckdb.DuckDBPyConnection,
    batch: Batch,
    index: int,
    file: Path | None,
    statement: str,
    table: str,
) -> None:
    if not batch.is_quick:
        raise _NeedsRowsError
    try:
        cursor.execute(f"{statement} {batch.raw_sql([file] if file else [], numbered=True)}")
    except NOT_THE_FILE:
        raise
    except duckdb.Error as error:
        if batch.head is not None or batch.format is Format.NDJSON:
            raise _NeedsRowsError from error
        if file is None:
            raise SourceRelationError(
                f"source '{batch.contract.name}' cannot be read: {first_line(error)}",
                at=batch.contract.at,
            ) from error
        raise UnreadableInputError(
            f"cannot be read: {first_line(error)}", at=Location(file)
        ) from error
    if batch.head is None or file is None:
        return
    # Row n is line n + 1 unless a value holds a line end or a line is blank.
    count = _one(cursor, f"select count(*) from {table} where file = {index:d}")
    if opening.count_lines(file) != count + 1:
        cursor.execute(f"delete from {table} where file = {index:d}")
        raise _NeedsRowsError
    cursor.execute(f"update {table} set n = n + 1 where file = {index:d}")


def _exists(cursor: duckdb.DuckDBPyConnection, table: str) -> bool:
    name = table.removeprefix('temp."').removesuffix('"')
    sql = "select count(*) from duckdb_tables() where temporary and table_name = "
    return _one(cursor, sql + literal(name)) > 0


def _note_faults(cursor: duckdb.DuckDBPyConnection, number: int) -> None:
    cursor.execute(
        f"insert into {PROBLEMS} select file, n, -1, null, null, null, fault, '', raw "
        f"from {_rows(number)} where fault is not null"
    )


def _note_bad_values(cursor: duckdb.DuckDBPyConnection, batch: Batch, number: int) -> None:
    """One insert per column; each holds the few rows whose value has no typed form."""
    fields = ", ".join(
        f"{quote(column.name)} := x{i}"
        for i, column in enumerate(batch.contract.columns)
        if batch.cells[i] is not None
    )
    as_json = f"cast(to_json(struct_pack({fields})) as varchar)"
    for i, (column, cell) in enumerate(zip(batch.contract.columns, batch.cleaned(), strict=True)):
        if cell is None:
            continue
        x, kind = f"x{i}", cell[1]
        bad = f"{x} is not null and {casts.value(column, x, kind)} is null"
        if column.required:
            bad = f"{x} is null or {bad}"
        cursor.execute(
            f"insert into {PROBLEMS} select file, n, {i:d}, {literal(column.name)}, "
            f"cast({x} as varchar), {literal(column.data_type.lower())}, "
            f"case when {x} is null then {literal(MISSING)} "
            f"else {casts.reason(column, x, kind)} end, '', {as_json} "
            f"from {_rows(number)} where fault is null and ({bad})"
        )


def _type_good_rows(
    cursor: duckdb.DuckDBPyConnection, contract: InputContract, batches: Sequence[Batch]
) -> None:
    selects = [
        f"select file, n, {', '.join(_typed(batch))} from {_rows(number)} "
        f"anti join {PROBLEMS} using (file, n)"
        for number, batch in enumerate(batches)
    ]
    cursor.execute(f"create temp table {TYPED[5:]} as {' union all '.join(selects)}")


def _typed(batch: Batch) -> list[str]:
    cells = batch.cleaned()
    return [
        f"cast(null as {column.data_type}) as v{i}"
        if (cell := cells[i]) is None
        else f"{casts.value(column, f'x{i}', cell[1])} as v{i}"
        for i, column in enumerate(batch.contract.columns)
    ]


def _note_duplicates(
    cursor: duckdb.DuckDBPyConnection, contract: InputContract, origin: Origin
) -> None:
    """All but the first row of a key and `_loaded_at`; other `_loaded_at` are versions."""
    if not contract.key:
        return
    places = {column.name.lower(): i for i, column in enumerate(contract.columns)}
    keys = [f"v{places[name.lower()]}" for name in contract.key]
    version = [f"v{places[LOADED_AT]}"] if LOADED_AT in places else []
    text = " || ', ' || ".join(
        f"{literal(name + ' = ')} || cast({key} as varchar)"
        for name, key in zip(contract.key, keys, strict=True)
    )
    unit = "line" if origin.format in (Format.CSV, Format.NDJSON) else "row"
    names = f"[{', '.join(literal(file.name) for file in origin.files)}]"
    where = f"case when first_file = file then '' else ' of ' || {names}[first_file + 1] end"
    if not origin.files:
        where = "''"
    fields = ", ".join(f"{quote(column.name)} := v{i}" for i, column in enumerate(contract.columns))
    cursor.execute(
        f"insert into {PROBLEMS} select file, n, 1000000, {literal(', '.join(contract.key))}, "
        f"{text}, null, {literal(DUPLICATE)}, ', in {unit} ' || first_n || {where}, "
        f"cast(to_json(struct_pack({fields})) as varchar) from ("
        f"select *, row_number() over same as copy, first_value(file) over same as first_file, "
        f"first_value(n) over same as first_n from {TYPED} "
        f"where {' and '.join(f'{key} is not null' for key in keys)} "
        f"window same as (partition by {', '.join(keys + version)} order by file, n)"
        ") where copy > 1"
    )


def _note_broken_intervals(cursor: duckdb.DuckDBPyConnection, contract: InputContract) -> None:
    """Rows that end before they begin; of the others, those that overlap."""
    rule = contract.intervals
    if rule is None:
        return
    names = {column.name: f"v{i}" for i, column in enumerate(contract.columns)}
    fields = ", ".join(f"{quote(name)} := {v}" for name, v in names.items())
    good = f"(from {TYPED} anti join {PROBLEMS} using (file, n))"
    sides = (
        intervals.turned(rule, names, good),
        intervals.overlapping(contract, rule, names, good),
    )
    for name, why, detail, rows_of in zip(
        (rule.end, rule.start),
        intervals.reasons(rule),
        intervals.details(rule, names),
        sides,
        strict=True,
    ):
        cursor.execute(
            f"insert into {PROBLEMS} select file, n, 1000001, {literal(name)}, "
            f"cast({names[name]} as varchar), null, {literal(why)}, {detail}, "
            f"cast(to_json(struct_pack({fields})) as varchar) {rows_of}"
        )
