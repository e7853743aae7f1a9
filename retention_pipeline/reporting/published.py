"""The published file as the report reads it: read-only, one mart at a time, cut at a day if asked.

Room:  tell. Imports engine, errors, quoting, tables.
In:    an open published file, a day.  Out: rows as dicts, facts of the build; Missing in place of a guess.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from retention_pipeline.engine import Engine, EngineFault
from retention_pipeline.errors import CommandError, EngineError, Location
from retention_pipeline.quoting import literal, quote
from retention_pipeline.reporting.tables import FLAGS, Column, Row, Rows, day

MONTH_END = "cast(month + interval 1 month as date)"
ANY_DAY = (
    "date '0001-01-01'"  # what is about the build, not about a period: --as-of does not cut it
)


class Missing(Exception):  # noqa: N818 - no error: it becomes a line of the page
    """Why a part of the report has nothing to show."""

    def __init__(self, mart: str, reason: str) -> None:
        super().__init__(f"{mart} {reason}")
        self.mart, self.reason = mart, reason


@dataclass(frozen=True, slots=True)
class Build:
    """The build behind the file."""

    build_id: str
    as_of: str
    built_at: datetime
    git_revision: str
    project: str
    package_version: str


class Published:
    """The marts of one published file. `cut` is the day of --as-of, None for the build's own."""

    def __init__(self, engine: Engine, path: Path, as_of: date | None = None) -> None:
        self.engine, self.path = engine, path
        self.marts = self._marts()
        self.build = self._build()
        self.cut = self._cut(as_of)

    @property
    def as_of(self) -> date:
        """The day before which facts are shown."""
        return self.cut or date.fromisoformat(self.build.as_of[:10])

    def ask(
        self,
        mart: str,
        wanted: Iterable[Column | str],
        where: str = "",
        order: str = "",
        until: str | None = None,
    ) -> Rows:
        """Rows of a mart, with its flags.

        `until` is the SQL of the day a row's period ends (exclusive): with --as-of, rows that end later
        are left out. Without it the mart knows only the build's own day, and --as-of finds nothing.
        Raises Missing when there is no such mart or column, or no row.
        """
        names = [c.name if isinstance(c, Column) else c for c in wanted]
        there = self.marts.get(mart)
        if there is None:
            raise Missing(mart, "is not in the published file")
        lacking = [name for name in names if name not in there]
        if lacking:
            raise Missing(mart, f"has no column {', '.join(lacking)}")
        if until is None and self.cut is not None:
            raise Missing(mart, f"is known for {self.build.as_of[:10]} only")
        names = list(dict.fromkeys([*names, *(flag for flag in FLAGS if flag in there)]))
        filters = [f"({text})" for text in (where, self._before(until)) if text]
        sql = f"select {', '.join(map(quote, names))} from marts.{quote(mart)}"
        sql += f" where {' and '.join(filters)}" if filters else ""
        rows = self.rows(f"{sql} order by {order}" if order else sql)
        if not rows:
            raise Missing(mart, "has no rows" + (f" before {day(self.as_of)}" if self.cut else ""))
        return rows

    def one(self, mart: str, column: str, expression: str, until: str | None = None) -> Any:
        """A single value, such as the last day of a fact; None where the mart is not there."""
        if column not in self.marts.get(mart, ()):
            return None
        before = self._before(until)
        sql = f"select {expression} as value from marts.{quote(mart)}"
        return self.rows(sql + (f" where {before}" if before else ""))[0]["value"]

    def policy(self, switch: str) -> str | None:
        """The value of a policy switch in force, None where the file does not say."""
        if "metric_policies" not in self.marts:
            return None
        found = self.rows(
            f"select value from marts.metric_policies where switch = {literal(switch)}"
        )
        return str(found[0]["value"]) if found else None

    def rows(self, sql: str) -> Rows:
        """Rows of a query as dicts. Raises EngineError that names the file."""
        try:
            names, found = self.engine.table(sql)
        except EngineFault as fault:
            raise EngineError(
                f"cannot read the published marts: {fault.message}", at=Location(self.path)
            ) from None
        return [dict(zip(names, row, strict=True)) for row in found]

    def _before(self, until: str | None) -> str:
        if self.cut is None or until is None:
            return ""
        return f"{until} <= date {literal(self.cut.isoformat())}"

    def _marts(self) -> dict[str, set[str]]:
        marts: dict[str, set[str]] = {}
        for row in self.rows(
            "select table_name, column_name from duckdb_columns() where schema_name = 'marts'"
        ):
            marts.setdefault(str(row["table_name"]), set()).add(str(row["column_name"]))
        return marts

    def _build(self) -> Build:
        if "build_info" not in self.marts:
            raise EngineError(
                "this is no file that pipeline published",
                at=Location(self.path),
                fix="pipeline build",
            )
        row: Row = self.rows("select * from marts.build_info")[0]
        facts: dict[str, Any] = {name: row.get(name) for name in Build.__dataclass_fields__}
        return Build(**facts)

    def _cut(self, as_of: date | None) -> date | None:
        known = date.fromisoformat(self.build.as_of[:10])
        if as_of is not None and as_of > known:
            raise CommandError(
                f"--as-of {as_of} is later than the build: it knows facts before {known}",
                fix=f"pipeline build --vars '{{as_of: {as_of}}}'",
            )
        return None if as_of == known else as_of
