"""Templates that ask the database: `run_query`, `statement`, `adapter.get_columns_in_relation` ...

Room:  compile. Imports context, errors, nodes. Knows no database: it is handed one, or none.
In:    the Renderer and, while a build runs, a Database.  Out: answers; AsksDatabase without one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Protocol

from retention_pipeline.context.clock import refuse
from retention_pipeline.context.relations import TemplateColumn, TemplateRelation
from retention_pipeline.context.tables import NOTHING, AnswerTable, Nothing
from retention_pipeline.quoting import literal, quote


class Database(Protocol):
    """What answers."""

    def table(self, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Columns and rows of a query."""
        ...


class AsksDatabase(Exception):  # noqa: N818 - tells the compiler to leave the model for its turn
    """A template asked while there is nobody to answer."""


class AskedGraph:
    """dbt's `graph`. It is whole when everything is compiled: who asks earlier, asks again at its turn."""

    def __init__(self, now: Callable[[], Now], view: Any, is_whole: bool) -> None:
        self._now, self._view, self._is_whole = now, view, is_whole

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._view, name)
        if self._now().is_parsed:
            return {}
        if not self._is_whole:
            raise AsksDatabase
        return found

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name)


class Now(Protocol):
    """What the template that is being rendered may ask."""

    database: Database | None
    is_parsed: bool
    answers: dict[str, Any]


class Asking:
    """The questions, as templates call them. `now` is the template being rendered."""

    def __init__(self, now: Callable[[], Now], database_name: str) -> None:
        self._now, self._name = now, database_name
        name = re.escape(database_name)
        # DuckDB 2.0 has one information_schema; packages ask for that of a database
        self._catalogue = re.compile(
            rf"(?<![\w.\"])(?:\"{name}\"|{name})\s*\.\s*(?=\"?information_schema\b)", re.IGNORECASE
        )

    def ask(self, sql: str) -> tuple[list[str], list[tuple[Any, ...]]] | None:
        """Rows; None while the template is only read for its references."""
        refuse(sql)
        now = self._now()
        if now.is_parsed:
            return None
        if now.database is None:
            raise AsksDatabase
        if "information_schema" in sql.lower():
            sql = self._catalogue.sub("", sql)
        return now.database.table(sql)

    # -- dbt's macros -----------------------------------------------------------------------
    def run_query(self, sql: str) -> AnswerTable | Nothing:
        found = self.ask(str(sql))
        return NOTHING if found is None else AnswerTable(*found)

    def statement(
        self,
        name: str | None = None,
        fetch_result: bool = False,
        caller: Callable[[], str] | None = None,
        **_: Any,
    ) -> str:
        sql = str(caller()) if caller else ""
        found = self.ask(sql)
        if name and found is not None:
            self.store_result(name, "OK", AnswerTable(*found))
        return ""

    def store_result(self, name: str, response: Any = "", agate_table: Any = None, **_: Any) -> str:
        rows = [] if agate_table is None else list(agate_table.rows)
        self._now().answers[name] = {"response": response, "data": rows, "table": agate_table}
        return ""

    def load_result(self, name: str) -> Any:
        now = self._now()
        return NOTHING if now.is_parsed else now.answers.get(name)

    def get_single_value(self, query: str, default: Any = None) -> Any:
        found = self.run_query(query)
        if isinstance(found, Nothing) or not len(found):
            return default
        return found.rows[0][0]

    def load_relation(self, relation: Any) -> TemplateRelation | None:
        return self.get_relation(relation.database, relation.schema, relation.identifier)

    def get_where_subquery(self, relation: Any) -> Any:
        return relation

    # -- dbt's adapter ----------------------------------------------------------------------
    def get_relation(
        self, database: str | None = None, schema: str | None = None, identifier: str | None = None
    ) -> TemplateRelation | None:
        found = self._relations(schema, identifier)
        return found[0] if found else None

    def list_relations(
        self, database: str | None = None, schema: str | None = None
    ) -> list[TemplateRelation]:
        return self._relations(schema, None)

    def _relations(self, schema: str | None, name: str | None) -> list[TemplateRelation]:
        only = f" and lower(table_name) = lower({literal(name)})" if name is not None else ""
        found = self.ask(
            "select table_schema, table_name, table_type from information_schema.tables where"
            f" lower(table_schema) = lower({literal(str(schema))}){only} order by all"
        )
        return [
            TemplateRelation(self._name, row[0], row[1], "view" if row[2] == "VIEW" else "table")
            for row in (found or ([], []))[1]
        ]

    def get_columns_in_relation(self, relation: Any) -> list[TemplateColumn]:
        return self._columns(f"describe select * from {relation}")

    def get_column_schema_from_query(self, sql: str) -> list[TemplateColumn]:
        return self._columns(f"describe {sql}")

    def _columns(self, sql: str) -> list[TemplateColumn]:
        return [TemplateColumn(row[0], row[1]) for row in (self.ask(sql) or ([], []))[1]]

    def get_missing_columns(self, from_relation: Any, to_relation: Any) -> list[TemplateColumn]:
        there = {c.name.lower() for c in self.get_columns_in_relation(to_relation)}
        return [
            c for c in self.get_columns_in_relation(from_relation) if c.name.lower() not in there
        ]

    def already_exists(self, schema: str, name: str) -> bool:
        return self.get_relation(None, schema, name) is not None

    def check_schema_exists(self, database: str | None, schema: str) -> bool:
        found = self.ask(
            "select 1 from information_schema.schemata"
            f" where lower(schema_name) = lower({literal(str(schema))})"
        )
        return bool(found and found[1])

    def execute(self, sql: str, auto_begin: bool = False, fetch: bool = False) -> Any:
        found = self.ask(sql) or ([], [])
        return ("OK", AnswerTable(*found))

    def create_schema(self, relation: Any) -> str:
        self.ask(f"create schema if not exists {quote(relation.schema)}")
        return ""

    def drop_relation(self, relation: Any) -> str:
        self.ask(f"drop {relation.type or 'table'} if exists {relation}")
        return ""
