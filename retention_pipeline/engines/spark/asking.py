"""Asking for rows that are on Spark: a query is translated, sent, and what comes back is as DuckDB's.

Room:  act. Imports engine, engines.spark, faults, nodes, quoting.
In:    the project's SQL.  Out: rows; EngineFault at the line of what is not portable.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

from retention_pipeline.engine import Engine
from retention_pipeline.engines.spark.book import Made
from retention_pipeline.engines.spark.cache import Translations
from retention_pipeline.engines.spark.ground import LOAD, Ground
from retention_pipeline.engines.spark.portable import tables_of
from retention_pipeline.engines.spark.translate import Columns, Translated, Translator
from retention_pipeline.engines.spark.versions import nothing
from retention_pipeline.engines.spark.walk import Refused
from retention_pipeline.faults import EngineFault, faults
from retention_pipeline.nodes import Relation
from retention_pipeline.quoting import quote


class Asking(Ground):
    """The part of SparkHouse that reads."""

    @cached_property
    def translations(self) -> Translations:
        path = Path(self.path).with_suffix(".spark.json") if self.path != ":memory:" else None
        types = {
            uid: self.types[r] for uid, r in self.compiled.relations.items() if r in self.types
        }
        known = tables_of(self.compiled, types)
        if not types:  # nobody said: as the views here tell
            known = {
                (schema, name): columns
                for schema in {r.schema for _, r in self.compiled.relations.items()}
                for name, columns in self.catalogue(schema).items()
            }
        return Translations(known, path)

    def statement(self, sql: str, columns: Columns | None = None, shift: int = 0) -> Translated:
        """The query in Spark's words. Raises EngineFault at the line of what is not portable."""
        with self._translating:
            try:
                return self.translations.translate(sql, columns)
            except Refused as refused:
                line = None if refused.line is None else refused.line - shift
                text = f"not portable to Spark: {refused.message}"
                raise EngineFault(text, refused.fix, line) from None

    def reading(self, statement: Translated) -> dict[Relation, str]:
        """The versions of what it reads; a raw table that was loaded here is sent when that is due."""
        found = {}
        for text in statement.reads:
            relation = Relation(*text.split(".", 1))
            made = self.newest.get(relation)
            found[relation] = self._sent(relation) if made is None else made.version
        return found

    def _sent(self, relation: Relation) -> str:
        with self._sending:
            made = self.newest.get(relation)
            if made is not None:
                return made.version
            if not self.is_here(relation):
                return self.known(relation).version
            version = self.book.next_version()
            with faults():
                rows = self.cursor.sql(f"select * from {relation}").to_arrow_table()
            self.spark.load(relation, version, rows, self.columns(relation))
            self._noted_apart(Made(relation, version, LOAD))
            return version

    def _noted_apart(self, made: Made) -> None:
        """Note it whatever becomes of this thread's transaction."""
        with faults(), self._root.cursor() as cursor:
            cursor.execute(self.book.note(made))
        self._point(made.relation, made)

    def ask(
        self, sql: str, shift: int = 0, limit: int | None = None
    ) -> tuple[list[str], list[tuple[Any, ...]]]:
        statement = self.statement(sql, shift=shift)
        with no_line():
            found = self.spark.fetch(statement, self.reading(statement), limit)
        return list(found.column_names), self.rows(found)

    def moment(self, sql: str) -> Any:
        """What was loaded here is asked here; what the server read itself, there."""
        asked = f"with asked(at) as (\n{sql}\n)\nselect cast(at as timestamp) as at from asked"
        try:
            reads = [Relation(*text.split(".", 1)) for text in self.statement(asked).reads]
        except EngineFault:
            reads = []
        if all(map(self.is_here, reads)):
            return super().moment(sql)
        rows = self.ask(asked, limit=1)[1]
        return rows[0][0] if rows else None

    def rows(self, arrow: Any) -> list[tuple[Any, ...]]:
        """Rows of Arrow with the values that DuckDB gives."""
        with faults():
            return self.cursor.from_arrow(arrow).fetchall()

    def answer(self, given: Engine, sql: str) -> tuple[dict[str, str], list[tuple[Any, ...]]]:
        types = {
            str(row[0]): str(row[1]).lower() for row in given.query(f"describe\n{sql}", shift=1)
        }
        statement = self.statement(sql, types)
        sessions = self.spark.sessions
        views = {
            text: self._given(given, Relation(*text.split(".", 1))) for text in statement.reads
        }
        try:
            with no_line():
                text = statement.text({read: name for read, (name, _) in views.items()})
                found = sessions.fetch(text, self.spark.given(statement))
        finally:
            for name, is_only_now in views.values():
                if is_only_now:
                    sessions.unname(name)
        return types, self.rows(found)

    def _given(self, given: Engine, relation: Relation) -> tuple[str, bool]:
        """A view of this session with the rows that another engine has; whether to drop it again."""
        with faults():
            rows = given.cursor.sql(f"select * from {relation}").to_arrow_table()
        name, sessions = f"given_{uuid4().hex}", self.spark.sessions
        if rows.num_rows:
            sessions.name(sessions.given(rows), name)
            return name, True
        columns = given.columns(relation)
        key = (threading.get_ident(), tuple(columns.items()))
        if key not in self._nothing:
            sessions.name(sessions.frame(nothing(columns)), name)
            self._nothing[key] = name
        return self._nothing[key], False

    def count(self, relation: Relation) -> int:
        if self.is_here(relation):
            return super().count(relation)
        made = self.known(relation)
        return self.spark.count(made.relation, made.version)

    def arrow(self, relation: Relation) -> Any:
        if self.is_here(relation):
            return super().arrow(relation)
        made = self.known(relation)
        return self.spark.sessions.fetch(f"select * from {self.spark.at(relation, made.version)}")

    @contextlib.contextmanager
    def copied(self, relations: Iterable[Relation]) -> Iterator[Engine]:
        """One in memory, with the rows brought here."""
        with Engine(":memory:", variables=self.variables) as local:
            for relation in relations:
                local.ensure_schemas([relation.schema])
                local.take(relation, self.arrow(relation))
                local.query(f"create table {relation} as from temp.{quote(relation.name)}")
                local.query(f"drop table temp.{quote(relation.name)}")
            yield local

    def hashes(
        self, relation: Relation, sets: Iterable[Sequence[str]], types: Mapping[str, str]
    ) -> tuple[Any, ...]:
        if self.is_here(relation):
            return super().hashes(relation, sets, types)
        listed = ", ".join(_sums(columns, types) for columns in sets)
        made = self.known(relation)
        at = self.spark.at(made.relation, made.version)
        return self.rows(self.spark.sessions.fetch(f"select {listed} from {at}"))[0]

    def ask_apart(
        self, sql: str, reads: Iterable[Relation], limit: int | None = None
    ) -> list[tuple[Any, ...]]:
        """Rows of such a query."""
        statement = self._apart(sql, reads, None)
        return self.rows(self.spark.fetch(statement, self.reading(statement), limit))

    def _apart(self, sql: str, reads: Iterable[Relation], columns: Columns | None) -> Translated:
        known = Translator({(each.schema, each.name): self.columns(each) for each in reads})
        with self._translating:
            try:
                return known.translate(sql, columns)
            except Refused as refused:
                text = f"not portable to Spark: {refused.message}"
                raise EngineFault(text, refused.fix, None) from None


@contextlib.contextmanager
def no_line() -> Iterator[None]:
    """A line that Spark names is one of the translation, not the user's."""
    try:
        yield
    except EngineFault as fault:
        fault.line = None
        raise


def _sums(columns: Iterable[str], types: Mapping[str, str]) -> str:
    """Two sums of 64-bit hashes. Spark's hash passes over a NULL: what is NULL is hashed too."""
    inner = []
    for name in columns:
        each = "`" + name.replace("`", "``") + "`"
        inner += [f"cast({each} as string)" if _is_double(types[name]) else each]
        inner += [f"isnull({each})"]
    made = f"xxhash64({', '.join(inner)})"
    return f"bit_xor({made}), sum(cast({made} as decimal(38, 0)))"


def _is_double(kind: str) -> bool:
    return kind.upper() in ("DOUBLE", "FLOAT")
