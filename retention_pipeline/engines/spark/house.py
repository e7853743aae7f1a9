"""The engine of a build whose rows are on Spark: what it remembers stays in a file of DuckDB's here.

Room:  act. Imports engine, engines.spark, nodes, quoting, state.
In:    Compiled, a target with a server.  Out: an Engine that answers about rows from the server.

The file holds the state, the raw tables as they were loaded and checked here, and for everything else a
view with the right columns that refuses to give a row. So statements are bound and typed here, whatever
would read rows here by mistake fails, and what asks for rows (`ask`, `make`, ...) is translated and sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from retention_pipeline.compiled import Compiled
from retention_pipeline.engine import Built
from retention_pipeline.engines.spark.asking import Asking, no_line
from retention_pipeline.engines.spark.book import Made
from retention_pipeline.engines.spark.cache import translator_digest
from retention_pipeline.engines.spark.commits import first_commit
from retention_pipeline.engines.spark.ground import TABLE, VIEW
from retention_pipeline.engines.spark.history import make_incremental, make_snapshot
from retention_pipeline.engines.spark.places import Places
from retention_pipeline.engines.spark.portable import translate_all
from retention_pipeline.engines.spark.showing import Showing
from retention_pipeline.engines.spark.translate import Columns, Translated
from retention_pipeline.engines.spark.versions import parted
from retention_pipeline.nodes import Materialized, Relation
from retention_pipeline.profile import Target
from retention_pipeline.quoting import literal, quote
from retention_pipeline.state import NODES, TESTS, note_statement, prepare_state, read_note

_MARK = "spark"


class SparkHouse(Asking):
    """One build's way to a server."""

    makes_by_key = False  # a version is written as a whole

    def __init__(self, compiled: Compiled, target: Target, *, read_only: bool = False) -> None:
        super().__init__(compiled, target, read_only=read_only)
        self.readers, self.places = Showing(self), Places(self)
        self.makers = {
            Materialized.INCREMENTAL: make_incremental,
            Materialized.SNAPSHOT: make_snapshot,
        }

    def ready(self, types: Mapping[str, Columns]) -> None:
        """Translate all, then see what the server has. Raises what is not portable."""
        self.types = {self.compiled.relations[uid]: columns for uid, columns in types.items()}
        translate_all(self.compiled, types, self.translations)
        prepare_state(self)
        self.book.begin()
        self._settle_mark()
        schemas = {relation.schema for relation in self.compiled.relations.values()}
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
            name = f"{relation.name}__{parted(made.version)[0]}"
            if _fold(Relation(relation.schema, name)) not in _folded(there):
                self.set_newest(Made(relation, ""))
        shown = self.book.shown()
        self.book.forget_shown(r for r in shown if _fold(r) not in _folded(there))
        for relation, kind in self.book.left_over(there):
            if kind == VIEW:
                self.spark.drop_view(relation)
            else:
                self.spark.drop({relation: ""})
        self.book.forget_dead()

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
        with no_line():
            self.spark.build(relation, version, statement, reading, view=is_view)
            rows = None if how is Materialized.VIEW else self.spark.count(relation, version)
        if is_view:
            made = Made(relation, version, VIEW, tuple(reading.items()))
        else:
            made = Made(relation, first_commit(version, self.server.format), TABLE)
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
        self.set_newest(made)
        return Built(rows, True)

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

    def forget(self, relation: Relation) -> None:
        """Drop what was made on the way to something else."""
        made = self.newest.get(relation)
        self.discard(relation, TABLE)
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
        self.building[fresh] = types
        self.newest[fresh] = Made(relation, version)
        try:
            return not is_same(relation, fresh)
        finally:
            del self.building[fresh], self.newest[fresh]

    def _shell(self, relation: Relation, types: Mapping[str, str]) -> None:
        """A view here with these columns, which fails when a row is asked for."""
        text = literal(f"the rows of {relation.schema}.{relation.name} are on Spark, not here")
        listed = ", ".join(f"cast(error({text}) as {k}) as {quote(n)}" for n, k in types.items())
        if self.is_here(relation):
            self.query(f"drop table {relation}")
        self.query(f"create or replace view {relation} as select {listed} where error({text})")

    def landed(self, relation: Relation) -> None:
        """Its rows are here; they are sent when a statement first reads them."""
        if relation in self.newest:
            self.set_newest(Made(relation, ""))

    def keep(self, relation: Relation, kind: str, sql: str) -> None:
        """A table, shown at once: nobody waits for a failed build to look at what failed."""
        super().ensure_schemas([relation.schema])
        self.spark.ensure_schemas([relation.schema])
        self.make(relation, Materialized.TABLE, sql, None)
        self.spark.publish({relation: self.newest[relation].version})

    def discard(self, relation: Relation, kind: str) -> None:
        here = self.kind_here(relation)
        if here is not None:
            super().discard(relation, here)
        if relation in self.newest:
            self.set_newest(Made(relation, ""))

    def empty(self, schema: str) -> None:
        for relation in [r for r in self.newest if r.schema == schema]:
            self.spark.drop_view(relation)
            self.discard(relation, TABLE)
        super().empty(schema)


def _fold(relation: Relation) -> Relation:
    """Spark's own catalog writes names in lower case."""
    return Relation(relation.schema, relation.name.lower())


def _folded(relations: Iterable[Relation]) -> set[Relation]:
    return {_fold(relation) for relation in relations}
