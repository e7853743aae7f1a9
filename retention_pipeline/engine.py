"""What a build asks of its database: what is there, build relations, look at their rows.

Room:  act. Imports connection, faults, nodes, profile, quoting, row_hashes.
In:    SQL.  Out: rows, counts, column types; EngineFault with the line of the SQL it is about.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import duckdb

from retention_pipeline.connection import Connection
from retention_pipeline.faults import EngineFault, faults
from retention_pipeline.nodes import Materialized, Relation
from retention_pipeline.profile import Target
from retention_pipeline.quoting import literal, quote
from retention_pipeline.row_hashes import sums

__all__ = [
    "ENGINE_VERSION",
    "ONE_THREAD",
    "ROW_GROUP",
    "Built",
    "Engine",
    "EngineFault",
    "Readers",
    "faults",
]
ENGINE_VERSION: str = duckdb.__version__
ROW_GROUP = 122_880  # rows that DuckDB hands to one thread at a time
_HAS_ASYNC_THREADS = int(ENGINE_VERSION.partition(".")[0]) >= 2
ONE_THREAD = {"threads": 1} | ({"async_threads": 0} if _HAS_ASYNC_THREADS else {})
"""Settings of a database that leaves its process with the threads that it has."""


@dataclass(frozen=True, slots=True)
class Built:
    """What building a relation did, with a message where there is more to say. No rows: a view."""

    rows: int | None
    changed: bool
    message: str = ""


class Readers(Protocol):
    """Where readers look, when the engine itself shows them the marts."""

    @property
    def place(self) -> str:
        """Where that is, in words."""

    def publish(self, marts: Iterable[Relation], *, forget: bool = False) -> int:
        """Show the marts as they are now, and no others; gives how many of them are new.

        `forget`: earlier versions go at once, whoever may still be reading them.
        """


class Engine(Connection):
    """The database of a build. Safe to use from several threads: one cursor each.

    What this class asks of the rows of the project's relations stands in methods of its own (below
    "rows of the project"): an engine whose rows lie elsewhere answers these in its own way, and keeps
    here what a build remembers.
    """

    readers: Readers | None = None  # none: they get a file
    places: Any = None  # what it reads itself
    makes_by_key: bool = True  # can replace some rows of a table
    makers: Mapping[Materialized, Callable[[Any], Built]] = {}  # its own ways to make a model

    @classmethod
    def of(cls, target: Target, *, read_only: bool = False) -> Engine:
        """Open the target's database, made if it is not there."""
        return cls(target.path, target.settings, read_only=read_only, variables=target.variables)

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
        ours = "duckdb_tables() where database_name = current_database()"
        return int(self.query(f"select coalesce(max(estimated_size), 0) from {ours}")[0][0])

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

    def moment(self, sql: str) -> Any:
        """The moment that a query of one column gives, in UTC; None when it has no row."""
        rows = self.query(f"select cast(#1 as timestamp) from (\n{sql}\n)")
        return rows[0][0] if rows else None

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

    @contextlib.contextmanager
    def copied(self, relations: Iterable[Relation]) -> Iterator[Engine]:
        """An engine that has the rows of these relations itself."""
        yield self

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
