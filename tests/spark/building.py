"""A small project built on a server: a copy with a target of its own, and what readers see there."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from retention_pipeline.api import Command, Flags, Options, execute
from retention_pipeline.engines.spark.session import Remote, Sessions
from retention_pipeline.events import Event, Notice, Results, Status

FORMATS = ("parquet", "delta", "iceberg")
SALT = {"DBT_ENV_SECRET_RETENTION_SALT": "the salt of the tests, long enough"}


@dataclass
class OnSpark:
    """`root`: a project; `remote`: a server; `prefix`: its schemas there are nobody else's."""

    root: Path
    remote: Remote
    prefix: str = field(default_factory=lambda: f"t{secrets.token_hex(4)}_")
    said: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)  # vars of every build
    format: str = "parquet"

    def __post_init__(self) -> None:
        profiles = self.root / "profiles.yml"
        name = profiles.read_text().split(":")[0]
        lines = [
            f"{name}:",
            "  target: spark",
            "  outputs:",
            "    here: {type: duckdb, path: here/build.duckdb, threads: 2}",
            f"    spark: {{type: spark, remote: '{self.remote.url}', threads: 4,"
            f" table_format: {self.format}, schema_prefix: {self.prefix},"
            f" location: '{self.remote.location}/{self.prefix}'}}",
        ]
        profiles.write_text("\n".join(lines) + "\n")

    def build(
        self,
        *select: str,
        target: str = "spark",
        command: Command = Command.BUILD,
        full_refresh: bool = False,
        **values: Any,
    ) -> Results:
        given = {**self.values, **values}
        options = Options(project_dir=self.root, environ=SALT, vars=given, target=target)
        self.said.clear()
        flags = Flags(full_refresh=full_refresh)
        results = execute(command, options, select, listen=self._listen, flags=flags)
        self.said += [f"{s.name}: {s.message}" for s in results.steps if s.status is Status.FAILED]
        return results

    def _listen(self, event: Event) -> None:
        if isinstance(event, Notice):
            self.said.append(event.text)

    def write(self, path: str, text: str) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def edit(self, path: str, old: str, new: str) -> None:
        text = (self.root / path).read_text()
        assert old in text, f"{old!r} is not in {path}"
        self.write(path, text.replace(old, new, 1))

    # -- what is on the server ------------------------------------------------------------------
    def rows(self, sessions: Sessions, name: str, schema: str = "marts") -> list[tuple[Any, ...]]:
        """What readers see, sorted."""
        found = sessions.fetch(f"select * from {self.prefix}{schema}.{name}").to_pylist()
        return sorted((tuple(row.values()) for row in found), key=_order)

    def ask(self, sessions: Sessions, sql: str) -> list[tuple[Any, ...]]:
        """A query `... from a_mart ...` of what readers see, sorted."""
        there = sql.replace(" from ", f" from {self.prefix}marts.", 1)
        return sorted(
            (tuple(row.values()) for row in sessions.fetch(there).to_pylist()), key=_order
        )

    def tables(self, sessions: Sessions, schema: str = "marts") -> set[str]:
        """The names of all that is there, versions and views."""
        found = sessions.fetch(f"show tables in {self.prefix}{schema}").to_pylist()
        return {row["tableName"] for row in found}


def _order(row: tuple[Any, ...]) -> list[tuple[bool, Any]]:
    return [(value is None, value) for value in row]


def named(remote: Remote, location: str) -> Remote:
    """The same server with one session that outlives a build: Sail's tables live in the session."""
    if not remote.is_shared:
        return Remote(remote.url, location=location)
    return Remote(f"{remote.url}/;session_id={uuid.uuid4()}", location=location)


def skip_unless_it_writes(sessions: Sessions, table_format: str) -> None:
    """Apache Spark needs jars for delta and iceberg, which no package of Python's brings."""
    if table_format != "parquet" and "session_id=" not in sessions.remote.url:
        pytest.skip(f"this server has no {table_format}")


def statuses(
    results: Results, kinds: Iterable[str] = ("model", "seed", "source")
) -> dict[str, str]:
    """Name -> how it ended."""
    return {s.name: str(s.status) for s in results.steps if s.kind in kinds}
