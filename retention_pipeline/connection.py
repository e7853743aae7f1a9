"""DuckDB behind a small face: open a database, run statements, in transactions.

Room:  act. Imports errors, faults, nodes, quoting. May touch: duckdb.
In:    SQL.  Out: rows, column types; EngineFault with the line of the SQL it is about.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Self

import duckdb

from retention_pipeline.errors import EngineError, Location
from retention_pipeline.faults import EngineFault, cannot_open, faults
from retention_pipeline.nodes import Relation
from retention_pipeline.quoting import literal, quote

# No network behind the user's back, and no Python variable read as if it were a table.
_CONFIG = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
}


class Connection:
    """One database and the cursors on it. Safe to use from several threads: one cursor each."""

    def __init__(
        self,
        path: str,
        settings: Mapping[str, Any] | None = None,
        *,
        read_only: bool = False,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        config: dict[str, Any] = {**_CONFIG, **{k: str(v) for k, v in (settings or {}).items()}}
        self.path = path
        self.variables = dict(variables or {})
        self._is_fixed = "threads" in config  # the user's word counts
        try:
            if path != ":memory:" and not read_only:
                Path(path).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise cannot_open(path, f"{error.strerror}: {error.filename}") from None
        self._connect = partial(duckdb.connect, path, read_only=read_only, config=config)
        self._lock = threading.Lock()
        self._open()

    def _open(self) -> None:
        try:
            self._root = self._connect()
        except duckdb.Error as error:
            raise cannot_open(self.path, str(error)) from None
        self.is_narrow = False
        self._begin(self._root)
        self._local = threading.local()
        self._cursors: list[duckdb.DuckDBPyConnection] = []

    def _begin(self, cursor: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
        """What every cursor has: one time zone, and the variables, of which SQL sees but the names."""
        cursor.execute("set TimeZone = 'UTC'")
        for name, value in self.variables.items():
            cursor.execute(f"set variable {quote(name)} = {literal(value)}")
        return cursor

    @property
    def cursor(self) -> duckdb.DuckDBPyConnection:
        """This thread's own cursor."""
        cursor: duckdb.DuckDBPyConnection | None = getattr(self._local, "cursor", None)
        if cursor is None:
            with self._lock:
                cursor = self._begin(self._root.cursor())
                self._cursors.append(cursor)
            self._local.cursor = cursor
        return cursor

    def close(self) -> None:
        with self._lock:
            for cursor in self._cursors:
                cursor.close()
            self._cursors.clear()
            self._root.close()

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """Let go of the file for a moment, and open what then has its name."""
        self.close()
        try:
            yield
        finally:
            self._open()

    def attach(self, path: Path, name: str) -> None:
        """Make another database readable under a name. Raises EngineError when it cannot be read."""
        try:
            self.query(f"attach {literal(str(path))} as {quote(name)} (read_only)")
        except EngineFault as fault:
            text = fault.message.split("\n")[0]
            raise EngineError(f"cannot read the database: {text}", at=Location(path)) from None

    def narrow(self, *, narrow: bool = True) -> None:
        """One thread a query, or as many as there are. One saves what sharing costs where no table
        has more than ROW_GROUP rows: there is nothing to share. Also while queries run.
        """
        if narrow != self.is_narrow and not self._is_fixed:
            self.query("set threads = 1" if narrow else "reset threads")
            self.is_narrow = narrow

    def settle(self) -> None:
        """Write the log of changes into the file, which closing it would do; where it cannot, closing does."""
        with contextlib.suppress(EngineFault):
            self.query("checkpoint")

    def interrupt(self) -> None:
        """Stop what every thread is running; each gets an EngineFault."""
        with self._lock:
            for cursor in self._cursors:
                with contextlib.suppress(duckdb.Error):
                    cursor.interrupt()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextlib.contextmanager
    def told(self) -> Iterator[None]:
        """Faults of the database itself (a full disk) as an EngineError that names it."""
        try:
            yield
        except EngineFault as fault:
            raise EngineError(
                f"cannot write the working database: {fault.message}",
                at=Location(self.path),
                fix=fault.fix,
            ) from None

    def telling(self, work: Callable[[], object]) -> Callable[[], None]:
        """`work` with `told` around it."""

        def told() -> None:
            with self.told():
                work()

        return told

    def take(self, table: Relation, rows: Any) -> None:
        """Make a temporary table of a relation, an Arrow table or a data frame."""
        name = f"{table.name}__given"
        with faults():
            try:
                self.cursor.register(name, rows)
                sql = f"create or replace temp table {quote(table.name)} as from {quote(name)}"
                self.cursor.execute(sql)
            finally:
                self.cursor.unregister(name)

    # -- queries ------------------------------------------------------------------------------
    def query(self, sql: str, shift: int = 0) -> list[tuple[Any, ...]]:
        """Run one statement and fetch its rows. `shift`: lines that we put in front of the user's."""
        with faults(shift):
            return self.cursor.execute(sql).fetchall()

    def table(self, sql: str, shift: int = 0) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Column names and rows of a query."""
        with faults(shift):
            result = self.cursor.execute(sql)
            return [column[0] for column in result.description or []], result.fetchall()

    def insert(
        self,
        table: str,
        kinds: Sequence[str],
        rows: Iterable[Sequence[object]],
        *,
        or_replace: bool = False,
    ) -> None:
        """Add rows to `table`, whose columns have the types `kinds`.

        One parameter a column: a statement of as many literals takes ten times as long to parse.
        """
        given = [
            [None if value is None else str(value).replace("\0", "") for value in column]
            for column in zip(*rows, strict=True)
        ]
        if not given:
            return
        lists = ", ".join(f"cast(unnest(${i}::varchar[]) as {k})" for i, k in enumerate(kinds, 1))
        verb = "insert or replace into" if or_replace else "insert into"
        with faults():
            self.cursor.execute(f"{verb} {table} select {lists}", given)

    def typed_rows(self, sql: str, shift: int = 0) -> tuple[dict[str, str], list[tuple[Any, ...]]]:
        """Name -> type (lower case) of a query's columns, and its rows."""
        with faults(shift):
            result = self.cursor.execute(sql)
            types = {column[0]: str(column[1]).lower() for column in result.description or []}
            return types, result.fetchall()

    @contextlib.contextmanager
    def rolled_back(self) -> Iterator[None]:
        """Whatever is written inside is undone at the end."""
        cursor = self.cursor
        with faults():
            cursor.execute("begin transaction")
        try:
            yield
        finally:
            with contextlib.suppress(duckdb.Error):  # an error may have ended it
                cursor.execute("rollback")

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit at the end, roll back on any exception."""
        cursor = self.cursor
        with faults():
            cursor.execute("begin transaction")
        try:
            yield
        except BaseException:
            with contextlib.suppress(duckdb.Error):
                cursor.execute("rollback")
            raise
        with faults():
            cursor.execute("commit")
