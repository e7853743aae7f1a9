"""Inputs that the cluster reads itself (s3://, abfss://, hdfs://, file://), held to the raw contract there.

Room:  act. Imports engines.spark, errors, faults, inputs, nodes, quoting.
In:    a contract, a place of Parquet files.  Out: a version of the raw table, or what breaks the contract.

As with files of this machine there is a quick pass, which reads, casts and writes in one statement that
stops at the first bad value, and only when it stops the values are counted and shown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from retention_pipeline.engines.spark.book import Made
from retention_pipeline.engines.spark.place_casts import (
    Cell,
    cleaned,
    reasons,
    spark_name,
    typed,
)
from retention_pipeline.errors import Location
from retention_pipeline.faults import EngineFault
from retention_pipeline.inputs import InputColumn, InputContract, LoadReport, Origin
from retention_pipeline.inputs.contract import LOADED_AT, BadValue
from retention_pipeline.inputs.errors import BadRowsError, UnreadableInputError
from retention_pipeline.inputs.match import match
from retention_pipeline.nodes import Relation
from retention_pipeline.quoting import literal, quote

if TYPE_CHECKING:
    from retention_pipeline.engines.spark.house import SparkHouse

_EXAMPLES = 10
_NEVER = "timestamp_ntz'9999-12-31 00:00:00'"
IsSame = Callable[[Relation, Relation], bool]


class Places:
    """What a server can read for us."""

    def __init__(self, house: SparkHouse) -> None:
        self.house = house

    def first(self, places: Sequence[str]) -> str:
        """The first of them that is there; '' when none is."""
        for place in places:
            try:
                self._ask(f"select 1 from {_files(place)} limit 0")
            except EngineFault as fault:
                if "PATH_NOT_FOUND" in fault.message or "does not exist" in fault.message:
                    continue
                if "UNABLE_TO_INFER_SCHEMA" in fault.message:
                    continue
                raise self._unreadable(place, fault) from None
            return place
        return ""

    def mark(self, place: str) -> str:
        """Changes when a file there does: their names, sizes and times."""
        sql = (
            "select distinct _metadata.file_path as p, _metadata.file_size as s,"
            f" cast(_metadata.file_modification_time as string) as t from {_files(place)}"
        )
        try:
            rows = self._ask(sql)
        except EngineFault as fault:
            raise self._unreadable(place, fault) from None
        return hashlib.sha256(repr(sorted(rows)).encode()).hexdigest()

    def load(
        self, contract: InputContract, origin: Origin, is_same: IsSame | None
    ) -> tuple[LoadReport, bool]:
        """A new version of the table, inside the transaction that is open; whether it differs."""
        read = _Reading(self.house, contract, origin, self._columns(contract, origin.place))
        version = self.house.book.next_version()
        relation = Relation(contract.schema, contract.identifier)
        try:
            self.house.spark.write(relation, version, read.strict())
        except EngineFault:
            read.refuse()
            raise
        self._refuse_broken(read, relation, version)
        rows = self.house.spark.count(relation, version)
        built = self.house.took(Made(relation, version, "table"), read.types, rows, is_same)
        return read.report(rows), built.changed

    def _columns(self, contract: InputContract, place: str) -> dict[str, str]:
        try:
            frame = self.house.spark.sessions.frame(f"select * from {_files(place)}")
            return {str(f.name): str(f.dataType.simpleString()) for f in frame.schema.fields}
        except EngineFault as fault:
            raise self._unreadable(place, fault) from None

    def _refuse_broken(self, read: _Reading, relation: Relation, version: str) -> None:
        at = self.house.spark.at(relation, version)
        for what, sql in (("key", read.doubles(at)), ("intervals", read.broken_intervals(at))):
            rows = self._ask(f"{sql} limit {_EXAMPLES}") if sql else []
            if rows:
                shown = "; ".join(
                    ", ".join("NULL" if v is None else str(v) for v in r) for r in rows
                )
                why = {
                    "key": f"several rows have the same key ({', '.join(read.contract.key)})",
                    "intervals": "rows end before they begin, or lie in one another",
                }[what]
                raise _bad_rows(
                    read.contract, read.origin, f"{why}, the first are: {shown}", {why: len(rows)}
                )

    def _ask(self, sql: str) -> list[tuple[Any, ...]]:
        return self.house.rows(self.house.spark.sessions.fetch(sql))

    def _unreadable(self, place: str, fault: EngineFault) -> UnreadableInputError:
        text = " ".join(fault.message.split())[:200]
        return UnreadableInputError(f"the cluster cannot read it: {text}", at=Location(place))


@dataclass
class _Reading:
    """One table: how each column of the contract comes from what the files have."""

    house: SparkHouse
    contract: InputContract
    origin: Origin
    found: dict[str, str]

    def __post_init__(self) -> None:
        names = list(self.found)
        self.matched = match(names, self.contract, Location(self.origin.place))
        nulls = (f"cast(null as {c.data_type}) as {quote(c.name)}" for c in self.contract.columns)
        self.types = self.house.types_of(f"select {', '.join(nulls)}")  # as DuckDB writes them
        self.cells: list[Cell | None] = [
            None if place is None else cleaned(names[place], self.found[names[place]])
            for place in self.matched.places
        ]

    def _pairs(self) -> Iterator[tuple[InputColumn, Cell | None]]:
        return zip(self.contract.columns, self.cells, strict=True)

    def strict(self) -> str:
        """All rows, or an error at the first bad value."""
        listed = []
        for column, cell in self._pairs():
            name, kind = _quoted(column.name), spark_name(column.data_type)
            if cell is None:
                listed.append(f"cast(null as {kind}) as {name}")
                continue
            stop = f"cast(raise_error({literal(column.name)}) as {kind})"
            missing = stop if column.required else f"cast(null as {kind})"
            value = f"coalesce({typed(column, cell)}, {stop})"
            listed.append(f"case when {cell.sql} is null then {missing} else {value} end as {name}")
        return f"select {', '.join(listed)} from {_files(self.origin.place)}"

    def refuse(self) -> None:
        """Raise what is wrong with the values: how often, and the first of them."""
        counts, examples = [], []
        for column, cell in self._pairs():
            if cell is None:
                continue
            for why, test in reasons(column, cell):
                counts.append((column, cell, why, test))
        if not counts:
            return
        sums = ", ".join(f"count_if({test}) as n{i}" for i, (*_, test) in enumerate(counts))
        files = _files(self.origin.place)
        totals = self.house.rows(self.house.spark.sessions.fetch(f"select {sums} from {files}"))[0]
        found = {}
        for (column, cell, why, test), total in zip(counts, totals, strict=True):
            if not total:
                continue
            found[f"{column.name} {why}"] = int(total)
            rows = self.house.spark.sessions.fetch(
                f"select _metadata.file_name as f, cast({cell.sql} as string) as v from {files}"
                f" where {test} limit 3"
            ).to_pylist()
            examples += [
                BadValue(r["f"], 0, "row", column.name, r["v"], column.data_type, why) for r in rows
            ]
        if not found:
            return
        lines = [
            f"{bad.file}, {bad.column}: {'' if bad.value is None else repr(bad.value) + ' '}{bad.reason}"
            f" (wanted {bad.wanted})"
            for bad in examples[:_EXAMPLES]
        ]
        lines.append("in all: " + "; ".join(f"{n:,} x {why}" for why, n in found.items()))
        raise _bad_rows(self.contract, self.origin, "\n  " + "\n  ".join(lines), found)

    def doubles(self, at: str) -> str:
        """A query of keys that several rows have, those of other loads left out."""
        if not self.contract.key:
            return ""
        loaded = [c.name for c in self.contract.columns if c.name.lower() == LOADED_AT]
        keys = ", ".join(_quoted(name) for name in self.contract.key)
        by = ", ".join(_quoted(name) for name in (*self.contract.key, *loaded))
        there = " and ".join(f"{_quoted(name)} is not null" for name in self.contract.key)
        return f"select {keys} from {at} where {there} group by {by} having count(*) > 1"

    def broken_intervals(self, at: str) -> str:
        """A query of the keys of intervals that end before they begin, or overlap."""
        rule = self.contract.intervals
        if rule is None:
            return ""
        keys = ", ".join(_quoted(name) for name in self.contract.key)
        start, end = _quoted(rule.start), f"coalesce({_quoted(rule.end)}, {_NEVER})"
        of = ", ".join(_quoted(name) for name in rule.of)
        loaded = [c.name for c in self.contract.columns if c.name.lower() == LOADED_AT]
        newest = "".join(f"{_quoted(name)} desc nulls last, " for name in loaded)
        return (
            f"select {keys} from (select *, max(own_end) over (partition by {of} order by {start}"
            " rows between unbounded preceding and 1 preceding) as earlier_end from"
            f" (select * from (select *, {end} as own_end, row_number() over (partition by {keys}"
            f" order by {newest}{end} desc) as copy from {at}) where copy = 1))"
            f" where own_end <= {start} or {start} < earlier_end"
        )

    def report(self, rows: int) -> LoadReport:
        """What was read."""
        return LoadReport(
            source=self.contract.name,
            origin=self.origin,
            rows_read=rows,
            rows_loaded=rows,
            missing_columns=self.matched.missing,
            ignored_columns=self.matched.ignored,
        )


def _bad_rows(
    contract: InputContract, origin: Origin, text: str, found: dict[str, int]
) -> BadRowsError:
    return BadRowsError(
        f"rows break the contract of '{contract.name}'; nothing was loaded: {text}",
        examples=(),
        reasons=found,
        at=Location(origin.place),
        fix="correct the rows where they come from",
    )


def _files(place: str) -> str:
    """What stands after FROM."""
    return f"parquet.`{place.replace('`', '``')}`"


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
