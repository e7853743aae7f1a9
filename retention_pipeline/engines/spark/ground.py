"""What an engine whose rows are on Spark remembers here: which version of each relation is which.

Room:  act. Imports engine, engines.spark, errors, nodes, profile.
In:    Compiled, a target with a server.  Out: Ground, the lowest part of SparkHouse.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

from retention_pipeline.compiled import Compiled
from retention_pipeline.engine import Engine
from retention_pipeline.engines.spark.book import Book, Made
from retention_pipeline.engines.spark.session import Remote, Sessions
from retention_pipeline.engines.spark.translate import Columns, Translator
from retention_pipeline.engines.spark.versions import SparkEngine
from retention_pipeline.errors import EngineError, Location
from retention_pipeline.faults import EngineFault
from retention_pipeline.nodes import Relation
from retention_pipeline.profile import Target
from retention_pipeline.spark_target import Server

LOAD, TABLE, VIEW = "load", "table", "view"


class Ground(Engine):
    """The file that remembers, and the way to the server; nothing is connected before rows are asked."""

    def __init__(self, compiled: Compiled, target: Target, *, read_only: bool = False) -> None:
        assert target.server is not None
        self.compiled, self.server, self.environ = compiled, target.server, compiled.project.environ
        super().__init__(target.path, read_only=read_only, variables=target.variables)
        self.book = Book(self)
        self.types: dict[Relation, Columns] = {}
        self.building: dict[Relation, Mapping[str, str]] = {}  # columns of what is not noted yet
        self._newest: dict[Relation, Made] | None = None
        self._nothing: dict[tuple[object, ...], str] = {}  # views of no rows, by thread and columns
        self._sending, self._translating = threading.Lock(), threading.Lock()

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
        kinds = {r: VIEW if made.kind == VIEW else TABLE for r, made in self.newest.items()}
        found = {}
        for relation, kind in here.items():
            if relation.schema.startswith("pipeline_") or kind == TABLE:
                found[relation] = kind
            elif relation in kinds:
                found[relation] = kinds[relation]
        return found

    def described(self, relation: Relation) -> dict[str, str]:
        found = self.building.get(relation)
        return super().described(relation) if found is None else dict(found)

    def set_newest(self, made: Made) -> None:
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
        undo: list[tuple[Relation, Made | None]] = []
        local.undo = undo
        try:
            with super().transaction():
                yield
        except BaseException:
            for relation, made in reversed(undo):
                self._point(relation, made)
            raise
        finally:
            local.undo = None

    def is_here(self, relation: Relation) -> bool:
        """True for a raw table: it is as it was loaded last, whatever was sent of it."""
        return self.kind_here(relation) == TABLE

    def kind_here(self, relation: Relation) -> str | None:
        """'table' or 'view', as this file has it; None when it has not."""
        return super().relations().get(relation)

    def known(self, relation: Relation) -> Made:
        made = self.newest.get(relation)
        if made is None:
            name = f"{relation.schema}.{relation.name}"
            raise EngineFault(f"{name} is not built yet on this target", None, None)
        return made

    def types_of(self, sql: str) -> dict[str, str]:
        """Name -> type of a query's columns."""
        return {str(row[0]): str(row[1]) for row in self.query(f"describe\n{sql}", shift=1)}

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
