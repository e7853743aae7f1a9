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


@dataclass
class SparkEngine:
    """A server and what is known of the project's relations. `variables`: values of parameters."""

    sessions: Sessions
    translator: Translator
    format: str = "parquet"
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)

    def compile(self, sql: str, columns: Columns | None = None) -> Translated:
        return self.translator.translate(sql, columns)

    def fetch(self, statement: Translated, versions: Versions) -> Any:
        return self.sessions.fetch(statement.text(_names(versions)), self._given(statement))

    def columns(self, relation: Relation, version: str = "") -> Columns:
        """Name -> type as Spark writes it."""
        frame = self.sessions.frame(f"select * from {_at(relation, version)}")
        return {str(each.name): str(each.dataType.simpleString()) for each in frame.schema.fields}

    def ensure_schemas(self, names: Iterable[str]) -> None:
        location = self.sessions.remote.location
        for name in sorted(set(names)):
            at = f" location {literal(f'{location}/{name}')}" if location else ""
            self.sessions.fetch(f"create schema if not exists {_quoted(name)}{at}")

    def load(
        self, relation: Relation, version: str, rows: Any, columns: Columns | None = None
    ) -> None:
        """A table of Arrow rows; of no rows it has the types of `columns`."""
        name = _at(relation, version)
        if not rows.num_rows and columns is not None:
            casts = ", ".join(
                f"cast(null as {spark_type(kind)}) as {_quoted(column)}"
                for column, kind in columns.items()
            )
            self._write(name, f"select {casts} where false", {})
        else:
            self._save(self.sessions.given(rows), name)

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
        name, sql = _at(relation, version), statement.text(_names(versions))
        if view and not statement.parameters:
            self.sessions.fetch(f"create or replace view {name} as {sql}")
        else:
            self._write(name, sql, self._given(statement))

    def _write(self, name: str, sql: str, parameters: Mapping[str, str]) -> None:
        self._save(self.sessions.frame(sql, parameters), name)

    def _save(self, frame: Any, name: str) -> None:
        with faults(self.sessions.environ):
            frame.write.format(self.format).saveAsTable(name)

    def _given(self, statement: Translated) -> dict[str, str]:
        return {name: self.variables[name] for name in sorted(statement.parameters)}

    def publish(self, versions: Versions) -> None:
        """Point each view at its version."""
        for relation, version in versions.items():
            name, sql = _at(relation, ""), f"select * from {_at(relation, version)}"
            self.sessions.fetch(f"create view if not exists {name} as {sql}")
            try:
                self.sessions.fetch(f"alter view {name} as {sql}")
            except EngineFault as fault:
                if not any(word in fault.message for word in _NO_ALTER):
                    raise
                self.sessions.fetch(f"create or replace view {name} as {sql}")

    def drop(self, versions: Versions) -> None:
        for relation, version in versions.items():
            self.sessions.fetch(f"drop table if exists {_at(relation, version)}")

    def close(self) -> None:
        self.sessions.close()


def _names(versions: Versions) -> dict[str, str]:
    return {f"{r.schema}.{r.name}": f"{r.schema}.{_versioned(r, v)}" for r, v in versions.items()}


def _versioned(relation: Relation, version: str) -> str:
    return f"{relation.name}__{version}" if version else relation.name


def _at(relation: Relation, version: str) -> str:
    return f"{_quoted(relation.schema)}.{_quoted(_versioned(relation, version))}"


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
