"""DuckDB behind a small face: open, build relations, run queries, explain errors.

Room:  act. Imports errors, faults, nodes, profile, quoting, row_hashes. Alone may touch, with `inputs` and `publish`: duckdb.
In:    SQL.  Out: rows, counts, column types; EngineFault with the line of the SQL it is about.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import duckdb

from retention_pipeline.errors import EngineError, Location
from retention_pipeline.faults import EngineFault, cannot_open, faults
from retention_pipeline.nodes import Materialized, Relation
from retention_pipeline.profile import Target
from retention_pipeline.quoting import literal, quote
from retention_pipeline.row_hashes import sums

__all__ = ["ENGINE_VERSION", "ROW_GROUP", "Built", "Engine", "EngineFault", "Readers", "faults"]
ENGINE_VERSION: str = duckdb.__version__
ROW_GROUP = 122_880  # rows that DuckDB hands to one thread at a time
# No network behind the user's back, and no Python variable read as if it were a table.
_CONFIG = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
}


@dataclass(frozen=True, slots=True)
class Built:
    """What building a relation did, with a message where there is more to say. No rows: a view."""

    rows: int | None
    changed: bool
    message: str = ""


class Readers(Protocol):
    """Where readers look, when the engine itself shows them the marts."""

    place: str

    def publish(self, marts: Iterable[Relation]) -> int:
        """Show the marts as they are now, and no others; gives how many of them are new."""


class Engine:
    """One database and the cursors on it. Safe to use from several threads: one cursor each.

    What this class asks of the rows of the project's relations stands in methods of its own (below
    "rows of the project"): an engine whose rows lie elsewhere answers these in its own way, and keeps
    here what a build remembers.
    """

    readers: Readers | None = None  # none: they get a file
    places: Any = None  # what it reads itself
    makers: Mapping[Materialized, Callable[[Any], Built]] = {}  # its own ways to make a model

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

    @classmethod
    def of(cls, target: Target, *, read_only: bool = False) -> Engine:
        """Open the target's database, made if it is not there."""
        return cls(target.path, target.settings, read_only=read_only, variables=target.variables)

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

    def interrupt(self) -> None:
        """Stop what every thread is running; each gets an EngineFault."""
        with self._lock:
            for cursor in self._cursors:
                with contextlib.suppress(duckdb.Error):
                    cursor.interrupt()

    def __enter__(self) -> Engine:
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

    def columns(self, relation: Relation) -> dict[str, str]:
        """Name -> type (lower case) of a relation's columns, in order."""
        return {name: kind.lower() for name, kind in self.described(relation).items()}

    def described(self, relation: Relation) -> dict[str, str]:
        """The same with types as the database writes them: the case of an enum's values counts."""
        return {str(row[0]): str(row[1]) for row in self.query(f"describe {relation}")}

    def catalogue(self, schema: str) -> dict[str, dict[str, str]]:
        """Name -> columns, as `columns` gives them, of every relation of a schema: one question."""
        found: dict[str, dict[str, str]] = {}
        for name, column, kind in self.query(
            "select table_name, column_name, lower(data_type) from duckdb_columns()"
            f" where database_name = current_database() and schema_name = {literal(schema)}"
            " order by table_name, column_index"
        ):
            found.setdefault(str(name), {})[str(column)] = str(kind)
        return found

    def most_rows(self) -> int:
        """Rows of the largest table, roughly."""
        rows = self.query(
            "select coalesce(max(estimated_size), 0) from duckdb_tables()"
            " where database_name = current_database()"
        )
        return int(rows[0][0])

    def relations(self, database: str = "") -> dict[Relation, str]:
        """Every table and view of the database, or of an attached one -> 'table' or 'view'."""
        this = literal(database) if database else "current_database()"
        rows = self.query(
            "select schema_name, table_name, 'table' from duckdb_tables()"
            f" where database_name = {this} and not temporary union all"
            " select schema_name, view_name, 'view' from duckdb_views()"
            f" where database_name = {this} and not internal"
        )
        return {Relation(schema, name, database): kind for schema, name, kind in rows}

    # -- rows of the project ------------------------------------------------------------------
    def ready(self, types: Mapping[str, Mapping[str, str]]) -> None:
        """Told the columns of every node, before anything runs. Raises what cannot be built here."""

    def ask(
        self, sql: str, shift: int = 0, limit: int | None = None
    ) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Column names and rows of a query of the project, or the first of them."""
        if limit is not None:
            sql, shift = f"select * from (\n{sql}\n) as asked limit {limit}", shift + 1
        return self.table(sql, shift)

    def answer(self, given: Engine, sql: str) -> tuple[dict[str, str], list[tuple[Any, ...]]]:
        """What a query gives on the rows of another engine: `typed_rows`, of a unit test."""
        return given.typed_rows(f"select * from (\n{sql}\n)", shift=1)

    def count(self, relation: Relation) -> int:
        """How many rows it has."""
        return int(self.query(f"select count(*) from {relation}")[0][0])

    def hashes(
        self, relation: Relation, sets: Iterable[Sequence[str]], types: Mapping[str, str]
    ) -> tuple[Any, ...]:
        """For each set of columns two numbers, the same for the same rows."""
        listed = ", ".join(sums(columns, types) for columns in sets)
        return self.query(f"select {listed} from {relation}")[0]

    def arrow(self, relation: Relation) -> Any:
        """All rows of a relation, as an Arrow table."""
        with faults():
            return self.cursor.sql(f"select * from {relation}").to_arrow_table()

    def landed(self, relation: Relation) -> None:
        """Told that the rows of a raw table were written, inside the same transaction."""

    def keep(self, relation: Relation, kind: str, sql: str) -> None:
        """Keep the rows of a query for people to look at: a table, or a view."""
        there = self.relations().get(relation)
        if there is not None and there != kind:
            self.query(f"drop {there} {relation}")
        self.query(f"create schema if not exists {quote(relation.schema)}")
        self.query(f"create or replace {kind} {relation} as\n{sql}")

    def discard(self, relation: Relation, kind: str) -> None:
        """Drop a table or a view, and what looks at it."""
        self.query(f"drop {kind} if exists {relation} cascade")

    def empty(self, schema: str) -> None:
        """Drop a schema with all that is in it."""
        self.query(f"drop schema if exists {quote(schema)} cascade")

    # -- building -----------------------------------------------------------------------------
    def ensure_schemas(self, names: Iterable[str]) -> None:
        """Create schemas, one after the other: DuckDB does not like that in parallel."""
        for name in sorted(set(names)):
            self.query(f"create schema if not exists {quote(name)}")

    def build(
        self,
        relation: Relation,
        how: Materialized,
        sql: str,
        was: str | None,
        *,
        is_same: Callable[[Relation, Relation], bool] | None = None,
        remember: Callable[[Built], str] | None = None,
    ) -> Built:
        """Replace `relation` by the result of `sql` in one transaction.

        `was`: 'table' or 'view' when it exists as that. A table of which `is_same(old, new)` says
        that nothing differs stays as it is. `remember` gives a statement to commit together with it.
        """
        with self.transaction():
            built = self.make(relation, how, sql, was, is_same)
            if remember is not None:
                self.query(remember(built))
        return built

    def make(
        self,
        relation: Relation,
        how: Materialized,
        sql: str,
        was: str | None,
        is_same: Callable[[Relation, Relation], bool] | None = None,
    ) -> Built:
        """The same inside a transaction that is open: a view, or a table."""
        if how is Materialized.VIEW:
            self._drop(relation, was, unless="view")
            self.query(f"create or replace view {relation} as\n{sql}", shift=1)
            return Built(None, True)
        if is_same is not None and was == "table":
            return self._compare_and_swap(relation, sql, is_same)
        self._drop(relation, was, unless="table")
        rows = self.query(f"create or replace table {relation} as\n{sql}", shift=1)
        return Built(int(rows[0][0]), True)

    def _drop(self, relation: Relation, was: str | None, unless: str) -> None:
        if was is not None and was != unless:
            self.query(f"drop {was} if exists {relation}")

    def _compare_and_swap(
        self, relation: Relation, sql: str, is_same: Callable[[Relation, Relation], bool]
    ) -> Built:
        fresh = Relation(relation.schema, f"{relation.name}__building")
        rows = int(self.query(f"create or replace table {fresh} as\n{sql}", shift=1)[0][0])
        if is_same(relation, fresh):
            self.query(f"drop table {fresh}")
            return Built(rows, False)
        self.query(f"drop table {relation}")
        self.query(f"alter table {fresh} rename to {quote(relation.name)}")
        return Built(rows, True)

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
