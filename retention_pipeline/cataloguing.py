"""`pipeline docs generate`: manifest.json and catalog.json of what is built.

Room:  edge. Imports api, artifacts, engine, errors, nodes, options, warehouse.
In:    Options.  Out: the files' paths; EngineError when nothing is built.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from retention_pipeline.api import Options, compile_
from retention_pipeline.artifacts import Table, write_catalog, write_manifest
from retention_pipeline.engine import Engine
from retention_pipeline.errors import EngineError, Location
from retention_pipeline.nodes import Relation
from retention_pipeline.warehouse import open_warehouse

_COLUMNS = (
    "select c.table_schema, c.table_name, t.table_type, c.column_name, c.data_type"
    " from information_schema.columns as c"
    " inner join information_schema.tables as t"
    " using (table_catalog, table_schema, table_name)"
    " where c.table_catalog = current_database()"
    " order by c.table_schema, c.table_name, c.ordinal_position"
)


def generate(options: Options, clock: Callable[[], datetime]) -> list[Path]:
    """Write both documents; the database is opened for reading only."""
    compiled = compile_(options)
    path = compiled.project.target.path
    if path == ":memory:" or not Path(path).exists():
        raise EngineError("nothing is built yet", at=Location(path), fix="pipeline build")
    with open_warehouse(compiled, read_only=True) as engine:
        found = tables(engine)
    moment = clock()
    return [write_manifest(compiled, moment=moment), write_catalog(compiled, found, moment)]


def tables(engine: Engine) -> dict[Relation, Table]:
    """Every table and view of the database with its columns in order."""
    found: dict[Relation, Table] = {}
    for schema, name, kind, column, data_type in engine.query(_COLUMNS):
        relation = Relation(schema, name)
        before = found.get(relation, Table(kind, {}))
        found[relation] = Table(kind, {**before.columns, column: data_type})
    return found
