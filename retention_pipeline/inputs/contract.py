"""The nouns of raw inputs: what a table must hold, where it lies, how loading went.

Room:  words. Imports: errors, quoting.
In:    what models/raw/*.yml says.  Out: frozen values that the other input modules pass on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from retention_pipeline.inputs.errors import InputContractError
from retention_pipeline.quoting import relation

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from retention_pipeline.errors import Location

OnBadRows = Literal["error", "quarantine"]
LOADED_AT = "_loaded_at"
ADDED = 'temp."__added_rows"'  # the new rows of a table while it gets more
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_TYPE = re.compile(r"[A-Za-z_][A-Za-z0-9_ ]*(\(\s*\d+\s*(,\s*\d+\s*)?\))?(\[\d*\])*")


class Format(StrEnum):
    """How a file is to be read."""

    CSV = "csv"
    NDJSON = "ndjson"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True)
class InputColumn:
    """One column of a contract. `aliases` are other header names that mean the same.

    Values are `accepted_values`, not below `minimum`, not above `maximum`, and match `pattern` (a
    regular expression over the whole text; `pattern_name` says in words what it stands for).
    """

    name: str
    data_type: str
    required: bool = False
    aliases: tuple[str, ...] = ()
    accepted_values: tuple[str, ...] = ()
    minimum: str | None = None
    maximum: str | None = None
    pattern: str | None = None
    pattern_name: str = ""


@dataclass(frozen=True, slots=True)
class Intervals:
    """Rows are half-open intervals of something: `start` < `end` (NULL = open), none overlap.

    Only the newest version of a key counts for overlaps.
    """

    of: tuple[str, ...]
    start: str
    end: str


@dataclass(frozen=True, slots=True)
class InputContract:
    """One raw table: `files` are the stems it may come in, in order (default: its name)."""

    source: str
    table: str
    schema: str
    identifier: str
    columns: tuple[InputColumn, ...]
    key: tuple[str, ...] = ()
    required: bool = False
    files: tuple[str, ...] = ()
    at: Location | None = None
    min_rows: int = 0  # when the table is given: a build refuses fewer
    required_unless: tuple[str, ...] = ()  # tables of the source, one of which is enough instead
    intervals: Intervals | None = None

    def __post_init__(self) -> None:
        names = [column.name.lower() for column in self.columns]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise InputContractError(
                f"source '{self.name}' declares the column {', '.join(twice)} twice", at=self.at
            )
        if not names:
            raise InputContractError(f"source '{self.name}' declares no columns", at=self.at)
        odd = [column for column in self.columns if not _TYPE.fullmatch(column.data_type.strip())]
        if odd:
            raise InputContractError(
                f"'{odd[0].data_type}' of '{self.name}.{odd[0].name}' is no data type",
                at=self.at,
            )
        unknown = [name for name in self.key if name.lower() not in names]
        if unknown:
            raise InputContractError(
                f"the key of source '{self.name}' names no column: {', '.join(unknown)}",
                at=self.at,
            )
        self._check_rules(names)

    def _check_rules(self, names: list[str]) -> None:
        """Limits are numbers, and intervals name columns."""
        for column in self.columns:
            for limit in (column.minimum, column.maximum):
                if limit is not None and not _NUMBER.fullmatch(limit):
                    raise InputContractError(
                        f"'{limit}', a limit of '{self.name}.{column.name}', is no number",
                        at=self.at,
                    )
        rule = self.intervals
        unknown = [n for n in (*rule.of, rule.start, rule.end) if n not in names] if rule else []
        if unknown:
            raise InputContractError(
                f"the intervals of source '{self.name}' name no column: {', '.join(unknown)}",
                at=self.at,
            )

    @property
    def name(self) -> str:
        """`source.table`: what messages and `rejected_rows.source` say."""
        return f"{self.source}.{self.table}"

    @property
    def target(self) -> str:
        """The quoted table that loading writes."""
        return relation(self.schema, self.identifier)

    @property
    def stems(self) -> tuple[str, ...]:
        """File names without suffix that may hold this table, best first."""
        return self.files or (self.table,)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a table's rows come from: files of one format, an SQL relation, or nowhere.

    `place`: an address like s3://bucket/orders, which only the engine can read.
    """

    files: tuple[Path, ...] = ()
    format: Format | None = None
    relation: str | None = None
    place: str = ""

    @property
    def absent(self) -> bool:
        return not self.files and self.relation is None and not self.place

    def __str__(self) -> str:
        if self.place:
            return self.place
        if self.relation is not None:
            return self.relation
        if not self.files:
            return "absent"
        if len(self.files) == 1:
            return str(self.files[0])
        return f"{self.files[0].parent} ({len(self.files)} files)"


ABSENT = Origin()
FOLDER = "retention-inputs-"  # how folders begin in which inputs are unpacked


@dataclass(frozen=True, slots=True)
class BadValue:
    """One value (or a whole line, when `column` is None) that breaks the contract."""

    file: str
    number: int
    unit: Literal["line", "row"]
    column: str | None
    value: str | None
    wanted: str | None
    reason: str

    def __str__(self) -> str:
        shown = "" if self.value is None else f"{_shortened(self.value)} "
        place = f"{self.unit} {self.number:,}" + (f", {self.column}" if self.column else "")
        wanted = f" (wanted {self.wanted})" if self.wanted else ""
        return f"{place}: {shown}{self.reason}{wanted}"


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What loading one table did. rows_read = rows_loaded + rows_rejected, always."""

    source: str
    origin: Origin
    rows_read: int
    rows_loaded: int
    rows_rejected: int = 0
    missing_columns: tuple[str, ...] = ()
    ignored_columns: tuple[str, ...] = ()
    reasons: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        if self.rows_read != self.rows_loaded + self.rows_rejected:
            raise AssertionError(f"rows were lost or made up: {self}")


def _shortened(value: str, limit: int = 60) -> str:
    """The value in quotes on one line: control characters escaped, long ones cut."""
    text = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in value[:limit])
    return f"'{text}...'" if len(value) > limit else f"'{text}'"
