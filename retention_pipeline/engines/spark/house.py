"""The engine of a build whose rows are on Spark: what it remembers stays in a file of DuckDB's here.

Room:  act. Imports engine, engines.spark, nodes, quoting, state.
In:    Compiled, a target with a server.  Out: an Engine that answers about rows from the server.

The file holds the state, the raw tables as they were loaded and checked here, and for everything else a
view with the right columns that refuses to give a row. So statements are bound and typed here, whatever
would read rows here by mistake fails, and what asks for rows (`ask`, `make`, ...) is translated and sent.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

from retention_pipeline.compiled import Compiled
from retention_pipeline.engine import Built, Engine
from retention_pipeline.engines.spark.book import Book, Made
from retention_pipeline.engines.spark.cache import Translations, translator_digest
from retention_pipeline.engines.spark.history import make_incremental, make_snapshot
from retention_pipeline.engines.spark.places import Places
from retention_pipeline.engines.spark.portable import tables_of, translate_all
from retention_pipeline.engines.spark.session import Remote, Sessions
from retention_pipeline.engines.spark.showing import Showing
from retention_pipeline.engines.spark.translate import Columns, Translated, Translator
from retention_pipeline.engines.spark.versions import SparkEngine, nothing
from retention_pipeline.engines.spark.walk import Refused
from retention_pipeline.errors import EngineError, Location
from retention_pipeline.faults import EngineFault, faults
from retention_pipeline.nodes import Materialized, Relation
from retention_pipeline.profile import Target
from retention_pipeline.quoting import literal, quote
from retention_pipeline.spark_target import Server
from retention_pipeline.state import NODES, TESTS, note_statement, prepare_state, read_note

_MARK = "spark"
_LOAD, _TABLE, _VIEW = "load", "table", "view"


class SparkHouse(Engine):
    """One build's way to a server. Nothing is connected before somebody asks for rows."""

    def __init__(self, compiled: Compiled, target: Target, *, read_only: bool = False) -> None:
        assert target.server is not None
        self.compiled, self.server, self.environ = compiled, target.server, compiled.project.environ
        super().__init__(target.path, read_only=read_only, variables=target.variables)
        self.book = Book(self)
        self.types: dict[Relation, Columns] = {}
        self.readers, self.places = Showing(self), Places(self)
        self.makers = {
            Materialized.INCREMENTAL: make_incremental,
            Materialized.SNAPSHOT: make_snapshot,
        }
        self._newest: dict[Relation, Made] | None = None
        self._building: dict[Relation, Mapping[str, str]] = {}
        self._nothing: dict[tuple[object, ...], str] = {}  # views of no rows, by thread and columns
        self._sending, self._translating = threading.Lock(), threading.Lock()

    # -- the server ---------------------------------------------------------------------------
    @cached_property
    def spark(self) -> SparkEngine:
        """Connected when it is first asked."""
        server: Server = self.server
        remote = Remote(server.url, server.settings, location=server.location)
        return SparkEngine(
            Sessions(remote, self.environ),
            Translator({}),
            format=server.format,
            variables=self.variables,
            prefix=server.prefix,
        )

    @cached_property
    def translations(self) -> Translations:
        path = Path(self.path).with_suffix(".spark.json") if self.path != ":memory:" else None
        types = {uid: self.types[r] for uid, r in self._relations() if r in self.types}
        known = tables_of(self.compiled, types)
        if not types:  # nobody said: as the views here tell
            known = {
                (schema, name): columns
                for schema in {r.schema for _, r in self._relations()}
                for name, columns in self.catalogue(schema).items()
            }
        return Translations(known, path)

    def _relations(self) -> Iterable[tuple[str, Relation]]:
        return self.compiled.relations.items()

    def ready(self, types: Mapping[str, Columns]) -> None:
        """Translate all, then see what the server has. Raises what is not portable."""
        self.types = {self.compiled.relations[uid]: columns for uid, columns in types.items()}
        translate_all(self.compiled, types, self.translations)
        prepare_state(self)
        self.book.begin()
        self._settle_mark()
        schemas = {relation.schema for relation in self.types}
        self.spark.ensure_schemas(schemas)
        self.reconcile(schemas)

    def _settle_mark(self) -> None:
        """What another Spark made, or another translation, is made again."""
        mark = f"{self.spark.sessions.version} {self.server.format} {translator_digest()}"
        if read_note(self, _MARK) != mark:
            for table in (NODES, TESTS):
                self.query(f"delete from {table}")
            self.query(note_statement(_MARK, mark))

    def reconcile(self, schemas: Iterable[str]) -> None:
        """Forget what is no longer there, and drop there what no build will ask for."""
        there = {
            Relation(schema, name): kind
            for schema in sorted({*schemas, *(r.schema for r in self.newest)})
            for name, kind in self.spark.relations(schema).items()
        }
        for relation, made in list(self.newest.items()):
            if Relation(relation.schema, f"{relation.name}__{made.version}".lower()) not in _folded(
                there
            ):
                self._set(Made(relation, ""))
        shown = self.book.shown()
        self.book.forget_shown(r for r in shown if _fold(r) not in _folded(there))
        for relation, kind in self.book.left_over(there):
            if kind == _VIEW:
                self.spark.drop_view(relation)
            else:
                self.spark.drop({relation: ""})
        self.book.forget_dead()

    # -- what is there ------------------------------------------------------------------------
    @property
    def newest(self) -> dict[Relation, Made]:
        """Each relation's version that the next statement reads."""
        if self._newest is None:
            self._newest = self.book.newest()
        return self._newest

    @property
    def versions(self) -> dict[Relation, str]:
        return {relation: made.version for relation, made in list(self.newest.items())}

    def relations(self, database: str = "") -> dict[Relation, str]:
        """Tables that are here (raw ones, and the state), and what is on the server."""
        here = super().relations(database)
        kinds = {r: _VIEW if made.kind == _VIEW else _TABLE for r, made in self.newest.items()}
        found = {}
        for relation, kind in here.items():
            if relation.schema.startswith("pipeline_") or kind == _TABLE:
                found[relation] = kind
            elif relation in kinds:
                found[relation] = kinds[relation]
        return found

    def described(self, relation: Relation) -> dict[str, str]:
        found = self._building.get(relation)
        return super().described(relation) if found is None else dict(found)

    def _set(self, made: Made) -> None:
        """Note a version in the transaction that is open, and read it from now on."""
        self.query(self.book.note(made))
        undo = getattr(self._local, "undo", None)
        if undo is not None:
            undo.append((made.relation, self.newest.get(made.relation)))
        self._point(made.relation, made)

    def _point(self, relation: Relation, made: Made | None) -> None:
        if made is None or not made.version:
            self.newest.pop(relation, None)
        else:
            self.newest[relation] = made

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        local = self._local
        local.undo = undo = []
        try:
            with super().transaction():
                yield
        except BaseException:
            for relation, made in reversed(undo):
                self._point(relation, made)
            raise
        finally:
            local.undo = None

    # -- asking -------------------------------------------------------------------------------
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

    def ask(
        self, sql: str, shift: int = 0, limit: int | None = None
    ) -> tuple[list[str], list[tuple[Any, ...]]]:
        statement = self.statement(sql, shift=shift)
        with _no_line():
            found = self.spark.fetch(statement, self.reading(statement), limit)
        return list(found.column_names), self.rows(found)

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
        views = {text: self._given(given, Relation(*text.split(".", 1))) for text in statement.reads}
        try:
            with _no_line():
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
        if self._is_here(relation):
            return super().count(relation)
        made = self._known(relation)
        return self.spark.count(made.relation, made.version)

    def arrow(self, relation: Relation) -> Any:
        if self._is_here(relation):
            return super().arrow(relation)
        made = self._known(relation)
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
        if self._is_here(relation):
            return super().hashes(relation, sets, types)
        listed = ", ".join(_sums(columns, types) for columns in sets)
        made = self._known(relation)
        at = self.spark.at(made.relation, made.version)
        return self.rows(self.spark.sessions.fetch(f"select {listed} from {at}"))[0]

    def _is_here(self, relation: Relation) -> bool:
        """True for a raw table: it is as it was loaded last, whatever was sent of it."""
        return super().relations().get(relation) == _TABLE

    def _known(self, relation: Relation) -> Made:
        made = self.newest.get(relation)
        if made is None:
            name = f"{relation.schema}.{relation.name}"
            raise EngineFault(f"{name} is not built yet on this target", None, None)
        return made

    # -- making -------------------------------------------------------------------------------
    def make(
        self,
        relation: Relation,
        how: Materialized,
        sql: str,
        was: str | None,
        is_same: Callable[[Relation, Relation], bool] | None = None,
    ) -> Built:
        types = self.types_of(sql)
        columns = {name: kind.lower() for name, kind in types.items()}
        return self.make_of(relation, how, self.statement(sql, columns), types, is_same)

    def make_of(
        self,
        relation: Relation,
        how: Materialized,
        statement: Translated,
        types: Mapping[str, str],
        is_same: Callable[[Relation, Relation], bool] | None = None,
    ) -> Built:
        """A new version by a statement; an old one of which nothing differs stays."""
        version, reading = self.book.next_version(), self.reading(statement)
        is_view = how is Materialized.VIEW and not statement.parameters
        with _no_line():
            self.spark.build(relation, version, statement, reading, view=is_view)
            rows = None if how is Materialized.VIEW else self.spark.count(relation, version)
        made = Made(
            relation,
            version,
            _VIEW if is_view else _TABLE,
            tuple(reading.items()) if is_view else (),
        )
        return self.took(made, types, rows, is_same)

    def took(
        self,
        made: Made,
        types: Mapping[str, str],
        rows: int | None,
        is_same: Callable[[Relation, Relation], bool] | None = None,
    ) -> Built:
        """Read from now on what was made; unless nothing differs."""
        relation = made.relation
        if is_same is not None and not self._differs(relation, made.version, types, is_same):
            self.spark.drop({relation: made.version})
            return Built(rows, False)
        self._shell(relation, types)
        self._set(made)
        return Built(rows, True)

    def types_of(self, sql: str) -> dict[str, str]:
        """Name -> type of a query's columns."""
        return {str(row[0]): str(row[1]) for row in self.query(f"describe\n{sql}", shift=1)}

    def make_apart(
        self,
        relation: Relation,
        sql: str,
        types: Mapping[str, str],
        reads: Iterable[Relation],
        is_same: Callable[[Relation, Relation], bool] | None = None,
    ) -> Built:
        """The same by a query of ours, which reads these relations with the columns that they have."""
        columns = {name: kind.lower() for name, kind in types.items()}
        statement = self._apart(sql, reads, columns)
        return self.make_of(relation, Materialized.TABLE, statement, types, is_same)

    def ask_apart(
        self, sql: str, reads: Iterable[Relation], limit: int | None = None
    ) -> list[tuple[Any, ...]]:
        """Rows of such a query."""
        statement = self._apart(sql, reads, None)
        return self.rows(self.spark.fetch(statement, self.reading(statement), limit))

    def _apart(
        self, sql: str, reads: Iterable[Relation], columns: Columns | None
    ) -> Translated:
        known = Translator({(each.schema, each.name): self.columns(each) for each in reads})
        with self._translating:
            try:
                return known.translate(sql, columns)
            except Refused as refused:
                text = f"not portable to Spark: {refused.message}"
                raise EngineFault(text, refused.fix, None) from None

    def forget(self, relation: Relation) -> None:
        """Drop what was made on the way to something else."""
        made = self.newest.get(relation)
        self.discard(relation, _TABLE)
        if made is not None:
            self.spark.drop({relation: made.version})

    def _differs(
        self,
        relation: Relation,
        version: str,
        types: Mapping[str, str],
        is_same: Callable[[Relation, Relation], bool],
    ) -> bool:
        fresh = Relation(relation.schema, f"{relation.name}__building")
        self._building[fresh] = types
        self.newest[fresh] = Made(relation, version)
        try:
            return not is_same(relation, fresh)
        finally:
            del self._building[fresh], self.newest[fresh]

    def _shell(self, relation: Relation, types: Mapping[str, str]) -> None:
        """A view here with these columns, which fails when a row is asked for."""
        text = literal(f"the rows of {relation.schema}.{relation.name} are on Spark, not here")
        listed = ", ".join(f"cast(error({text}) as {k}) as {quote(n)}" for n, k in types.items())
        if self._is_here(relation):
            self.query(f"drop table {relation}")
        self.query(f"create or replace view {relation} as select {listed} where error({text})")

    # -- raw tables ---------------------------------------------------------------------------
    def landed(self, relation: Relation) -> None:
        """Its rows are here; they are sent when a statement first reads them."""
        if relation in self.newest:
            self._set(Made(relation, ""))

    def _sent(self, relation: Relation) -> str:
        with self._sending:
            made = self.newest.get(relation)
            if made is not None:
                return made.version
            if not self._is_here(relation):
                return self._known(relation).version
            version = self.book.next_version()
            with faults():
                rows = self.cursor.sql(f"select * from {relation}").to_arrow_table()
            self.spark.load(relation, version, rows, self.columns(relation))
            self._noted_apart(Made(relation, version, _LOAD))
            return version

    def _noted_apart(self, made: Made) -> None:
        """Note it whatever becomes of this thread's transaction."""
        with faults(), self._root.cursor() as cursor:
            cursor.execute(self.book.note(made))
        self._point(made.relation, made)

    # -- the rest -----------------------------------------------------------------------------
    def keep(self, relation: Relation, kind: str, sql: str) -> None:
        """A table, shown at once: nobody waits for a failed build to look at what failed."""
        super().ensure_schemas([relation.schema])
        self.spark.ensure_schemas([relation.schema])
        self.make(relation, Materialized.TABLE, sql, None)
        self.spark.publish({relation: self.newest[relation].version})

    def discard(self, relation: Relation, kind: str) -> None:
        here = super().relations().get(relation)
        if here is not None:
            super().discard(relation, here)
        if relation in self.newest:
            self._set(Made(relation, ""))

    def empty(self, schema: str) -> None:
        for relation in [r for r in self.newest if r.schema == schema]:
            self.spark.drop_view(relation)
            self.discard(relation, _TABLE)
        super().empty(schema)

    def attach(self, path: Path, name: str) -> None:
        raise EngineError(
            "the target's rows are on Spark: it cannot read another database beside them",
            at=Location(path),
            fix="leave out --defer, --state or the comparison on this target",
        )

    def interrupt(self) -> None:
        super().interrupt()
        if "spark" in self.__dict__:
            self.spark.sessions.interrupt()

    def close(self) -> None:
        super().close()
        if "spark" in self.__dict__:
            self.spark.close()

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """The server stays connected."""
        super().close()
        try:
            yield
        finally:
            self._open()


@contextlib.contextmanager
def _no_line() -> Iterator[None]:
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


def _fold(relation: Relation) -> Relation:
    """Spark's own catalog writes names in lower case."""
    return Relation(relation.schema, relation.name.lower())


def _folded(relations: Iterable[Relation]) -> set[Relation]:
    return {_fold(relation) for relation in relations}
