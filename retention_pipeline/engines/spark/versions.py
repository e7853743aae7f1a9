"""Relations on Spark: each build writes a version, readers look through a view that is altered.

Room:  act. Imports engine, nodes, session, translate.
In:    statements, versions.  Out: tables `schema.name__version`, views `schema.name`.

Nothing that readers use is ever dropped or written: a new version is another table, and publishing is
one ALTER VIEW a relation, the only statement under which a concurrent reader never fails.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from retention_pipeline.engine import EngineFault
from retention_pipeline.engines.spark.rewrites.casts import spark_type
from retention_pipeline.engines.spark.session import Sessions, faults
from retention_pipeline.engines.spark.translate import Columns, Translated, Translator
from retention_pipeline.nodes import Relation
from retention_pipeline.quoting import literal

Versions = Mapping[Relation, str]
_NO_ALTER = ("UNSUPPORTED", "not supported", "AlterView", "not implemented")
_PART = 500_000  # rows that are sent in one message


@dataclass
class SparkEngine:
    """A server and what is known of the project's relations. `variables`: values of parameters.

    `prefix`: before the name of every schema there.
    """

    sessions: Sessions
    translator: Translator
    format: str = "parquet"
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    prefix: str = ""

    def compile(self, sql: str, columns: Columns | None = None) -> Translated:
        return self.translator.translate(sql, columns)

    def fetch(self, statement: Translated, versions: Versions, limit: int | None = None) -> Any:
        """The rows of a query, or the first of them."""
        sql = statement.text(self.names(versions))
        if limit is not None:
            sql = f"select * from ({sql}) limit {limit}"
        return self.sessions.fetch(sql, self.given(statement))

    def columns(self, relation: Relation, version: str = "") -> Columns:
        """Name -> type as Spark writes it."""
        frame = self.sessions.frame(f"select * from {self.at(relation, version)}")
        with faults(self.sessions.environ):
            fields = frame.schema.fields
        return {str(each.name): str(each.dataType.simpleString()) for each in fields}

    def ensure_schemas(self, names: Iterable[str]) -> None:
        location = self.sessions.remote.location
        for name in sorted({f"{self.prefix}{name}" for name in names}):
            at = f" location {literal(f'{location}/{name}')}" if location else ""
            self.sessions.fetch(f"create schema if not exists {quoted(name)}{at}")

    def relations(self, schema: str) -> dict[str, str]:
        """Every relation of a schema there -> 'table' or 'view'; nothing of a schema that is not there."""
        name = f"{self.prefix}{schema}"
        found: dict[str, str] = {}
        if not self.sessions.fetch(f"show schemas like {literal(name)}").num_rows:
            return {}
        for kind in ("table", "view"):
            rows = self.sessions.fetch(f"show {kind}s in {quoted(name)}").to_pylist()
            found |= {str(r.get("tableName") or r.get("viewName")): kind for r in rows}
        return found

    def count(self, relation: Relation, version: str) -> int:
        """How many rows it has."""
        rows = self.sessions.fetch(f"select count(*) as n from {self.at(relation, version)}")
        return int(rows.column(0)[0].as_py())

    def load(
        self, relation: Relation, version: str, rows: Any, columns: Columns | None = None
    ) -> None:
        """A table of Arrow rows; of no rows it has the types of `columns`."""
        name = self.at(relation, version)
        if not rows.num_rows and columns is not None:
            self._write(name, nothing(columns), {})
            return
        for start in range(0, max(rows.num_rows, 1), _PART):
            part = self.sessions.given(rows.slice(start, _PART))
            self._save(part, name, add=start > 0)

    def build(
        self,
        relation: Relation,
        version: str,
        statement: Translated,
        versions: Versions,
        *,
        view: bool,
    ) -> None:
        """A view, or a table; a view cannot hold a parameter, so what has one becomes a table."""
        name, sql = self.at(relation, version), statement.text(self.names(versions))
        if view and not statement.parameters:
            self.sessions.fetch(f"create or replace view {name} as {sql}")
        else:
            self._write(name, sql, self.given(statement))

    def write(self, relation: Relation, version: str, sql: str) -> None:
        """A table by a query in Spark's own words."""
        self._write(self.at(relation, version), sql, {})

    def _write(self, name: str, sql: str, parameters: Mapping[str, str]) -> None:
        self._save(self.sessions.frame(sql, parameters), name)

    def _save(self, frame: Any, name: str, *, add: bool = False) -> None:
        with faults(self.sessions.environ):
            mode = "append" if add else "error"
            frame.write.format(self.format).mode(mode).saveAsTable(name)

    def given(self, statement: Translated) -> dict[str, str]:
        """The values of its parameters."""
        return {name: self.variables[name] for name in sorted(statement.parameters)}

    def publish(self, versions: Versions) -> None:
        """Point each view at its version."""
        for relation, version in versions.items():
            name, sql = self.at(relation, ""), f"select * from {self.at(relation, version)}"
            self.sessions.fetch(f"create view if not exists {name} as {sql}")
            try:
                self.sessions.fetch(f"alter view {name} as {sql}")
            except EngineFault as fault:
                if not any(word in fault.message for word in _NO_ALTER):
                    raise
                self.sessions.fetch(f"create or replace view {name} as {sql}")

    def drop(self, versions: Versions) -> None:
        for relation, version in versions.items():
            self.sessions.fetch(f"drop table if exists {self.at(relation, parted(version)[0])}")

    def drop_view(self, relation: Relation, version: str = "") -> None:
        self.sessions.fetch(f"drop view if exists {self.at(relation, version)}")

    def close(self) -> None:
        self.sessions.close()

    # -- names ----------------------------------------------------------------------------------
    def names(self, versions: Versions) -> dict[str, str]:
        """'schema.name' -> what stands for it there, in SQL."""
        return {f"{r.schema}.{r.name}": self.at(r, v) for r, v in versions.items()}

    def at(self, relation: Relation, version: str) -> str:
        """A version of a relation, or what readers ask, in SQL."""
        table, commit = parted(version)
        of = f" version as of {commit}" if commit is not None else ""
        return f"{quoted(self.prefix + relation.schema)}.{quoted(_versioned(relation, table))}{of}"


def nothing(columns: Columns) -> str:
    """A query of no rows with these columns."""
    casts = ", ".join(
        f"cast(null as {spark_type(kind)}) as {quoted(column)}" for column, kind in columns.items()
    )
    return f"select {casts} where false"


def parted(version: str) -> tuple[str, int | None]:
    """The version's table, and the commit of it that is meant where a table has several (delta).

    >>> parted("v01234567_8"), parted("v01234567_8@2")
    (('v01234567_8', None), ('v01234567_8', 2))
    """
    table, _, commit = version.partition("@")
    return table, int(commit) if commit else None


def _versioned(relation: Relation, version: str) -> str:
    return f"{relation.name}__{version}" if version else relation.name


def quoted(name: str) -> str:
    """A name as Spark takes it, whatever is in it."""
    return "`" + name.replace("`", "``") + "`"
