"""Which version of each relation is which: the part of a build's memory that only Spark needs.

Room:  act. Imports engine, engines.spark, nodes, quoting.
In:    the working database beside the server.  Out: versions that are the newest, published, to be swept.

A row is only ever added for a version: what was noted last counts, and a note without a version says
that the relation is gone. It is written in the transaction that remembers the node, so a crash leaves
tables on the server that nothing tells of; their names say which build made them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from uuid import uuid4

from retention_pipeline.engine import Engine
from retention_pipeline.engines.spark.versions import parted
from retention_pipeline.nodes import Relation
from retention_pipeline.quoting import literal, relation

SCHEMA = "pipeline_spark"
MADE, SHOWN, BUILDS = (relation(SCHEMA, name) for name in ("made", "shown", "builds"))
_TABLES = (
    f"create table if not exists {MADE} (seq bigint, schema_name varchar, name varchar,"
    " version varchar, kind varchar, reads varchar)",
    f"create table if not exists {SHOWN} (schema_name varchar, name varchar, version varchar,"
    " replaced_by varchar)",
    f"create table if not exists {BUILDS} (build varchar)",
)
_NAME = re.compile(r"(?P<name>.+)__(?P<version>(?P<build>v[0-9a-f]{8})_\d+)\Z")


@dataclass(frozen=True, slots=True)
class Made:
    """A version on the server. `kind`: load, table or view; `reads`: what a view looks at."""

    relation: Relation
    version: str
    kind: str = ""
    reads: tuple[tuple[Relation, str], ...] = ()


class Book:
    """One build's writing in it. A new version has a name that no other build can have."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.build = f"v{uuid4().hex[:8]}"
        self._numbers = count(1)
        self._sequence = count(1)

    def begin(self) -> None:
        """Say that versions of this build may be on the server from now on."""
        self.engine.ensure_schemas([SCHEMA])
        for statement in _TABLES:
            self.engine.query(statement)
        last = self.engine.query(f"select coalesce(max(seq), 0) from {MADE}")[0][0]
        self._sequence = count(int(last) + 1)
        self.engine.query(f"insert into {BUILDS} values ({literal(self.build)})")

    def next_version(self) -> str:
        return f"{self.build}_{next(self._numbers)}"

    # -- made ---------------------------------------------------------------------------------
    def note(self, made: Made) -> str:
        """The statement that notes it."""
        r = made.relation
        reads = json.dumps([[each.schema, each.name, v] for each, v in made.reads])
        words = ", ".join(map(literal, (r.schema, r.name, made.version, made.kind, reads)))
        return f"insert into {MADE} values ({next(self._sequence)}, {words})"

    def newest(self) -> dict[Relation, Made]:
        """Each relation's last version; what is gone is not there."""
        if not self._is_there():
            return {}
        rows = self.engine.query(
            "select schema_name, name, version, kind, reads from"
            f" (select *, max(seq) over (partition by schema_name, name) as last from {MADE})"
            " where seq = last and version <> ''"
        )
        return {made.relation: made for made in map(_made, rows)}

    def _all(self) -> dict[tuple[Relation, str], Made]:
        rows = self.engine.query(
            f"select schema_name, name, version, kind, reads from {MADE} where version <> ''"
        )
        return {(made.relation, made.version): made for made in map(_made, rows)}

    def _is_there(self) -> bool:
        found = self.engine.query(
            "select count(*) from duckdb_tables() where database_name = current_database()"
            f" and schema_name = {literal(SCHEMA)}"
        )
        return int(found[0][0]) == len(_TABLES)

    # -- shown to readers ---------------------------------------------------------------------
    def shown(self) -> dict[Relation, str]:
        """What readers see of each relation, as far as that is certain after a crash."""
        rows = self.engine.query(
            f"select schema_name, name, min(version) from {SHOWN} where replaced_by = ''"
            " group by schema_name, name having count(*) = 1"
        )
        return {Relation(schema, name): version for schema, name, version in rows}

    def will_show(self, versions: Mapping[Relation, str]) -> None:
        """To be called before views are altered: neither the old nor the new may be swept then."""
        for r, version in versions.items():
            words = ", ".join(map(literal, (r.schema, r.name, version, "")))
            self.engine.query(f"insert into {SHOWN} values ({words})")

    def has_shown(
        self, versions: Mapping[Relation, str], gone: Iterable[Relation], *, keep: bool = True
    ) -> None:
        """Afterwards: what was seen before stays until the next build, for who is reading it."""
        by = self.build if keep else "nobody is to see it"
        for r in [*versions, *gone]:
            self.engine.query(
                f"update {SHOWN} set replaced_by = {literal(by)} where replaced_by = ''"
                f" and {_is(r)} and version <> {literal(versions.get(r, ''))}"
            )

    def forget_shown(self, relations: Iterable[Relation]) -> None:
        """The server has no such view any more."""
        for r in relations:
            self.engine.query(f"delete from {SHOWN} where {_is(r)}")

    # -- sweeping -----------------------------------------------------------------------------
    def left_over(self, there: Mapping[Relation, str]) -> list[tuple[Relation, str]]:
        """Of the relations of the server those that builds of this project left behind, with kinds."""
        builds = {build for (build,) in self.engine.query(f"select build from {BUILDS}")}
        live = {(relation_, parted(version)[0]) for relation_, version in self._live()}
        found = []
        for relation_, kind in there.items():
            match = _NAME.match(relation_.name)
            if match and match["build"] in builds:
                key = (Relation(relation_.schema, match["name"]), match["version"])
                if key not in live:
                    found.append((relation_, kind))
        return found

    def _live(self) -> set[tuple[Relation, str]]:
        """The newest, the shown, those that were shown until just now, and what views of these read."""
        made = self._all()
        rows = self.engine.query(
            f"select schema_name, name, version from {SHOWN}"
            f" where replaced_by in ('', {literal(self.build)})"
        )
        live: set[tuple[Relation, str]] = set()
        stack = [(each.relation, each.version) for each in self.newest().values()]
        stack += [(Relation(schema, name), version) for schema, name, version in rows]
        while stack:
            key = stack.pop()
            if key not in live:
                live.add(key)
                stack += made[key].reads if key in made else ()
        return live

    def forget_dead(self) -> None:
        """Drop the notes about versions that are gone for good."""
        live = self._live()
        for relation_, version in self._all().keys() - live:
            self.engine.query(
                f"delete from {MADE} where {_is(relation_)} and version = {literal(version)}"
            )
        self.engine.query(
            f"delete from {SHOWN} where replaced_by not in ('', {literal(self.build)})"
        )


def _made(row: tuple[str, str, str, str, str]) -> Made:
    schema, name, version, kind, reads = row
    read = tuple((Relation(s, n), v) for s, n, v in json.loads(reads or "[]"))
    return Made(Relation(schema, name), version, kind, read)


def _is(r: Relation) -> str:
    return f"schema_name = {literal(r.schema)} and name = {literal(r.name)}"
