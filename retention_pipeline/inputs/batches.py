"""How DuckDB reads the files of one table: batches of files that have the same header.

Room:  act. Imports: errors, quoting, inputs. Asks DuckDB for headers and keys, loads nothing.
In:    a contract and its origin.  Out: Batch: SQL that gives raw values as r0, r1, ...
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from retention_pipeline.errors import Location
from retention_pipeline.inputs import casts, opening
from retention_pipeline.inputs.contract import Format, InputContract, Origin
from retention_pipeline.inputs.errors import (
    MissingColumnError,
    SourceRelationError,
    UnreadableInputError,
)
from retention_pipeline.inputs.match import Match, match, score
from retention_pipeline.quoting import literal, quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LINES = (
    "read_csv({files}, auto_detect = false, header = false, delim = '\x1f', quote = '', "
    "escape = '', strict_mode = false, hive_partitioning = false, columns = {{'l': 'VARCHAR'}})"
)
# Faults of the machine, not of the file: no second try, no other message.
NOT_THE_FILE = (
    duckdb.InterruptException,
    duckdb.OutOfMemoryException,
    duckdb.FatalException,
    duckdb.InternalException,
    duckdb.TransactionException,
)
NO_TEXT = "cast(null as varchar)"
NUMBERS = f", row_number() over () as n, {NO_TEXT} as fault, {NO_TEXT} as raw"


@dataclass(frozen=True, slots=True)
class Batch:
    """Files read by one statement. `cells`: per contract column (source name, type), or None."""

    contract: InputContract
    files: tuple[Path, ...]
    format: Format | None
    cells: tuple[tuple[str, str] | None, ...]
    matched: Match
    head: opening.CsvHead | None = None
    relation: str | None = None

    @property
    def is_quick(self) -> bool:
        """False for a CSV whose header is not simply line 1: it goes by rows.py."""
        return self.head is None or self.head.plain

    def raw_sql(self, files: Sequence[Path], *, numbered: bool) -> str:
        """A sub-query of r{i} per mapped column i; numbered also has n, fault and raw."""
        if self.format is Format.NDJSON:
            return self._json_sql(LINES.format(files=_list(files)), numbered=numbered)
        extra = NUMBERS if numbered else ""
        return f"(select {self._raws()}{extra} from {self._reader(files)})"

    def tidy_sql(self, path: Path) -> str:
        """The same of a file that rows.write_tidy wrote."""
        names = len(self.head.names) if self.head else 1
        columns = {"n": "BIGINT", "fault": "VARCHAR", "raw": "VARCHAR"}
        columns |= {f"c{i}": "VARCHAR" for i in range(names)}
        reader = _csv_reader([path], ",", columns, header=False)
        if self.format is Format.NDJSON:
            lines = (
                f"(select n as line, fault as broken, raw as broken_line, c0 as l from {reader})"
            )
            return self._json_sql(lines, numbered=True, tidy=True)
        return f"(select {self._raws()}, n, fault, raw from {reader})"

    def cleaned(self) -> tuple[tuple[str, str] | None, ...]:
        """Per contract column (SQL over r{i}, type after cleaning), or None where absent."""
        return tuple(
            None if cell is None else casts.cleaned(f"r{i}", cell[1])
            for i, cell in enumerate(self.cells)
        )

    def _raws(self) -> str:
        return ", ".join(
            f"{quote(cell[0])} as r{i}" for i, cell in enumerate(self.cells) if cell is not None
        )

    def _reader(self, files: Sequence[Path]) -> str:
        if self.relation is not None:
            return self.relation
        if self.format is Format.PARQUET:
            return f"read_parquet({_list(files)}, hive_partitioning = false)"
        if self.head is None:
            raise AssertionError("a CSV batch has a head")
        columns = {f"c{i}": "VARCHAR" for i in range(len(self.head.names))}
        return _csv_reader(files, self.head.delimiter, columns, header=True)

    def _json_sql(self, lines: str, *, numbered: bool, tidy: bool = False) -> str:
        found = [(i, cell[0]) for i, cell in enumerate(self.cells) if cell is not None]
        paths = [literal(_pointer(name)) for _, name in found]
        raws = ", ".join(
            self._json_cell(i, place, paths[place - 1])
            for place, (i, _) in enumerate(found, start=1)
        )
        values = f"json_extract_string(j, [{', '.join(paths)}]) as v"
        if not numbered:
            whole = "case when json_type(l) = 'OBJECT' then l else error('no JSON object') end"
            lines = f"(select {whole} as j from {lines} where trim(l, ' \t\r') <> '')"
            return f"(select {raws} from (select j, {values} from {lines}))"
        if not tidy:
            lines = (
                f"(select row_number() over () as line, {NO_TEXT} as broken, "
                f"{NO_TEXT} as broken_line, l from {lines})"
            )
        parsed = (
            f"(select *, case when json_valid(l) then case when json_type(l) = 'OBJECT' then l end "
            f"end as j from {lines} where broken is not null or trim(l, ' \t\r') <> '')"
        )
        fault = "case when j is null then coalesce(broken, 'is not one JSON object') end"
        raw = "case when j is null then coalesce(broken_line, l) end"
        return (
            f"(select {raws}, line as n, {fault} as fault, {raw} as raw "
            f"from (select *, {values} from {parsed}))"
        )

    def _json_cell(self, i: int, place: int, path: str) -> str:
        text = f"v[{place}]"
        if not casts.type_name(self.contract.columns[i].data_type).startswith("DECIMAL"):
            return f"{text} as r{i}"
        # A JSON number passes through a double, which keeps four decimals up to 1e11 only.
        cut = (
            f"length({text}) > 16 and json_type(j, {path}) = 'DOUBLE' "
            f"and abs(try_cast({text} as double)) >= 1e11"
        )
        mark = literal(casts.JSON_NUMBER_CUT)
        return f"case when {cut} then {text} || {mark} else {text} end as r{i}"


def _pointer(key: str) -> str:
    return "/" + key.replace("~", "~0").replace("/", "~1")


def _list(files: Iterable[Path]) -> str:
    return f"[{', '.join(literal(str(file)) for file in files)}]"


def _csv_reader(
    files: Sequence[Path], delimiter: str, columns: dict[str, str], *, header: bool
) -> str:
    spelt = ", ".join(f"'{name}': '{kind}'" for name, kind in columns.items())
    return (
        f"read_csv({_list(files)}, auto_detect = false, header = {header}, "
        f"delim = {literal(delimiter)}, quote = '\"', escape = '\"', strict_mode = true, "
        f"hive_partitioning = false, columns = {{{spelt}}})"
    )


def batches(
    cursor: duckdb.DuckDBPyConnection, contract: InputContract, origin: Origin
) -> tuple[Batch, ...]:
    """Look at every file's beginning and group the files by header."""
    if origin.relation is not None:
        return (_relation_batch(cursor, contract, origin.relation),)
    for file in origin.files:
        opening.check_kind(file, origin.format or Format.CSV)
        opening.check_gzip(file)
    if origin.format is Format.NDJSON:
        return _json_batches(cursor, contract, origin.files)
    if origin.format is Format.PARQUET:
        return _parquet_batches(cursor, contract, origin.files)
    return _csv_batches(contract, origin.files)


_Group = tuple[tuple[str, ...], str, Path | None]


def _csv_batches(contract: InputContract, files: Iterable[Path]) -> tuple[Batch, ...]:
    groups: dict[_Group, list[Path]] = {}
    heads: dict[_Group, opening.CsvHead] = {}
    for file in files:
        head = opening.csv_head(file, lambda names: score(names, contract))
        # What is not plain is read row by row, by its own path.
        group = (head.names, head.delimiter, None if head.plain else file)
        groups.setdefault(group, []).append(file)
        heads[group] = head
    found = []
    for group, members in groups.items():
        head = heads[group]
        matched = _matched(head.names, contract, Location(members[0], head.lines))
        cells = tuple(
            None if place is None else (f"c{place}", casts.TEXT) for place in matched.places
        )
        found.append(Batch(contract, tuple(members), Format.CSV, cells, matched, head))
    return tuple(found)


def _matched(names: Sequence[str], contract: InputContract, at: Location) -> Match:
    matched = match(names, contract, at)
    if matched.found == 0:
        wanted = ", ".join(column.name for column in contract.columns)
        raise MissingColumnError(
            f"no name in the header is a column of '{contract.name}' "
            f"(it has: {', '.join(names[:20])})",
            at=at,
            fix=f"the first line must name some of: {wanted}",
        )
    return matched


def _parquet_batches(
    cursor: duckdb.DuckDBPyConnection, contract: InputContract, files: Iterable[Path]
) -> tuple[Batch, ...]:
    groups: dict[tuple[tuple[str, str], ...], list[Path]] = {}
    for file in files:
        try:
            header = _described(cursor, f"read_parquet({_list([file])}, hive_partitioning = false)")
        except duckdb.Error as error:
            raise UnreadableInputError(
                f"is not a Parquet file that can be read: {first_line(error)}", at=Location(file)
            ) from error
        groups.setdefault(header, []).append(file)
    found = []
    for header, members in groups.items():
        matched = _matched([name for name, _ in header], contract, Location(members[0]))
        cells = _typed_cells(header, matched)
        found.append(Batch(contract, tuple(members), Format.PARQUET, cells, matched))
    return tuple(found)


def _relation_batch(
    cursor: duckdb.DuckDBPyConnection, contract: InputContract, relation: str
) -> Batch:
    here = contract.at or Location(relation)
    plain = relation.replace('"', "").lower().strip()
    if plain in (f"{contract.schema}.{contract.identifier}".lower(), contract.identifier.lower()):
        raise SourceRelationError(
            f"source '{contract.name}' is to be read from {relation}, the table it is written to",
            at=here,
            fix="keep the original in another schema",
        )
    try:
        header = _described(cursor, relation)
    except duckdb.Error as error:
        raise SourceRelationError(
            f"source '{contract.name}' cannot be read from {relation}: {first_line(error)}", at=here
        ) from error
    matched = _matched([name for name, _ in header], contract, here)
    return Batch(contract, (), None, _typed_cells(header, matched), matched, relation=relation)


def _described(cursor: duckdb.DuckDBPyConnection, relation: str) -> tuple[tuple[str, str], ...]:
    rows = cursor.execute(f"describe select * from {relation}").fetchall()
    return tuple((str(row[0]), str(row[1])) for row in rows)


def _typed_cells(
    header: Sequence[tuple[str, str]], matched: Match
) -> tuple[tuple[str, str] | None, ...]:
    return tuple(None if place is None else header[place] for place in matched.places)


def _json_batches(
    cursor: duckdb.DuckDBPyConnection, contract: InputContract, files: tuple[Path, ...]
) -> tuple[Batch, ...]:
    names = _json_keys(cursor, files)
    if not names and not any(_has_text(file) for file in files):
        return ()  # no lines, no rows
    matched = _matched(names, contract, Location(files[0]))
    cells = tuple(None if i is None else (names[i], casts.TEXT) for i in matched.places)
    return (Batch(contract, files, Format.NDJSON, cells, matched),)


def _has_text(file: Path) -> bool:
    with opening.opened(file) as stream:
        return any(line.strip() for line in stream)


def _json_keys(cursor: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> list[str]:
    """Every key that any line has; lines that are no JSON are looked at later."""
    valid = "case when json_valid(l) then json_keys(l) end"
    each = f"select distinct {valid} as k from {LINES.format(files=_list(files))}"
    try:
        rows = cursor.execute(f"select distinct unnest(k) from ({each}) order by 1").fetchall()
    except duckdb.Error:
        return _json_keys_by_rows(files)
    if not rows:
        _check_array(files)
    return [str(row[0]) for row in rows]


def _check_array(files: Sequence[Path]) -> None:
    for file in files:
        with opening.opened(file) as stream:
            start = stream.read(opening.CHUNK).lstrip(b"\xef\xbb\xbf \t\r\n")
        if start.startswith(b"["):
            raise UnreadableInputError(
                "is one JSON array, not one JSON object per line",
                at=Location(file),
                fix=f"jq -c '.[]' '{file.name}' > 'new.ndjson'",
            )


def _json_keys_by_rows(files: Sequence[Path]) -> list[str]:
    import json  # only for files that DuckDB's reader refuses

    from retention_pipeline.inputs.rows import json_rows

    keys: set[str] = set()
    for file in files:
        for row in json_rows(file):
            try:
                parsed = json.loads(row.values[0]) if row.values else None
            except ValueError:
                continue
            if isinstance(parsed, dict):
                keys.update(parsed)
    return sorted(keys)


def first_line(error: Exception) -> str:
    """DuckDB's message without its kind and without the SQL below it."""
    line = str(error).strip().split("\n", 1)[0]
    return line.split(" Error: ", 1)[-1]
