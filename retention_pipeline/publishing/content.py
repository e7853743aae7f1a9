"""The SQL that fills a published file, from nothing or on top of a copy of the last one.

Room:  act. Imports engine, errors, quoting, publishing.records, publishing.values.
In:    marts in the working database, an attached file.  Out: tables, comments, row counts.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from retention_pipeline.engine import Engine, EngineFault
from retention_pipeline.errors import EngineError
from retention_pipeline.nodes import MARTS
from retention_pipeline.publishing.records import TableRecord
from retention_pipeline.publishing.values import META_TABLES, BuildInfo, Mart
from retention_pipeline.quoting import literal, quote, relation

# Readable by every DuckDB client from 1.1.3 on; writing the newest format would shut them out.
STORAGE = "v1.0.0"
ALIAS = "publishing_file"
_NESTED = re.compile(r"\[\d*\]|\b(struct|map|union|list|array)\s*\(", re.IGNORECASE)
_TOO_NEW = re.compile(r"(variant|geometry|time_ns|bignum|varint)\b", re.IGNORECASE)
_META_COMMENTS = {
    "build_info": "One row: which build this file is from.",
    "test_results": "One row is one test and how it ended last.",
    "published_tables": "One row is one mart: its rows and the build that last changed it.",
}
_META_COLUMNS = {
    "build_info": {
        "build_id": ("varchar", "The build that published this file."),
        "as_of": ("varchar", "The exclusive cut-off of the data, in the reporting time zone."),
        "built_at": ("timestamp", "When the build ended, UTC."),
        "git_revision": ("varchar", "The commit of the project; NULL outside a repository."),
        "project": ("varchar", "The project's name."),
        "duckdb_version": ("varchar", "The DuckDB that computed the marts."),
        "package_version": ("varchar", "The retention_pipeline that ran."),
        "tests_version": ("varchar", "A hash of all test results."),
    },
    "test_results": {
        "name": ("varchar", "The test."),
        "kind": ("varchar", "data test or unit test."),
        "status": ("varchar", "ok, warn or failed."),
        "failures": ("bigint", "Failing rows; NULL where they are not counted."),
        "message": ("varchar", "What the test said."),
        "model": ("varchar", "The tested model; NULL for a test over several."),
    },
    "published_tables": {
        "table_name": ("varchar", "The mart."),
        "data_version": ("varchar", "Changes exactly when the mart's content does."),
        "rows": ("bigint", "Its rows."),
        "build_id": ("varchar", "The build that last changed it."),
        "description_version": ("varchar", "Changes when a description does."),
    },
}


class CannotAttachFault(EngineFault):
    """The file is not a DuckDB file that can be read."""


@contextlib.contextmanager
def attached(engine: Engine, path: Path, options: str = "") -> Iterator[None]:
    """Attach a file under the name ALIAS; detached on every way out.

    Detaching writes a last checkpoint: where that fails the file is as good as the statement
    before left it, so it is an error only if nothing else was.
    """
    try:
        engine.query(f"attach {literal(str(path))} as {quote(ALIAS)} {options}")
    except EngineFault as fault:
        raise CannotAttachFault(fault.message, fault.fix, None) from None
    try:
        yield
    except BaseException:
        with contextlib.suppress(EngineFault):
            engine.query(f"detach {quote(ALIAS)}")
        raise
    engine.query(f"detach {quote(ALIAS)}")


@contextlib.contextmanager
def attached_new(engine: Engine, path: Path) -> Iterator[None]:
    """Attach a file that is made by it, with the schema of the marts."""
    with attached(engine, path, f"(storage_version '{STORAGE}')"):
        engine.query(f"create schema {quote(ALIAS)}.{quote(MARTS)}")
        yield


def checkpoint(engine: Engine) -> None:
    """Write what the attached file's log has into the file."""
    engine.query(f"checkpoint {quote(ALIAS)}")


def table(name: str) -> str:
    """The full name of a table of the attached file."""
    return f"{quote(ALIAS)}.{relation(MARTS, name)}"


def check_types(engine: Engine, marts: Iterable[Mart]) -> None:
    """Raise EngineError for a column that older clients or BI tools cannot read."""
    schemas: dict[str, dict[str, dict[str, str]]] = {}
    for mart in marts:
        schema = mart.relation.schema
        if schema not in schemas:
            schemas[schema] = engine.catalogue(schema)
        for name, kind in schemas[schema].get(mart.relation.name, {}).items():
            if _NESTED.search(kind):
                raise EngineError(
                    f"not published: column {name} of mart {mart.name} is nested ({kind})",
                    fix="make it columns or rows of its own; BI tools do not read nested types",
                )
            if _TOO_NEW.match(kind):
                raise EngineError(
                    f"not published: column {name} of mart {mart.name} is {kind},"
                    " which clients before DuckDB 1.4 cannot read",
                    fix="cast it in the model, for example to varchar",
                )


def write_tables(engine: Engine, marts: Iterable[Mart]) -> dict[str, int]:
    """Create the marts in the attached file; gives their rows."""
    rows = {}
    for mart in marts:
        done = engine.query(f"create table {table(mart.name)} as select * from {mart.relation}")
        rows[mart.name] = int(done[0][0])
    return rows


def describe_tables(engine: Engine, marts: Iterable[Mart]) -> None:
    """Write the comments of tables and columns; what has no description loses its comment."""
    columns: dict[str, list[str]] = {}  # asked for once: the catalogue holds those of every model
    for owner, name in engine.query(
        "select table_name, column_name from duckdb_columns()"
        f" where database_name = {literal(ALIAS)} and schema_name = {literal(MARTS)}"
    ):
        columns.setdefault(str(owner), []).append(str(name))
    for mart in marts:
        target = table(mart.name)
        described = {name.lower(): text for name, text in mart.columns.items()}
        statements = [f"comment on table {target} is {_text(mart.description)}"]
        for name in columns[mart.name]:
            text = _text(described.get(name.lower(), ""))
            statements.append(f"comment on column {target}.{quote(name)} is {text}")
        engine.query(";\n".join(statements))


def _text(description: str) -> str:
    return literal(description.strip()) if description.strip() else "null"


# -- tables about the build ---------------------------------------------------------------------
def write_meta(engine: Engine, info: BuildInfo, tables: Mapping[str, TableRecord]) -> None:
    """Write build_info, test_results and published_tables, with their comments."""
    built_at = None if info.built_at is None else info.built_at.strftime("%Y-%m-%d %H:%M:%S")
    rows: dict[str, list[Sequence[object]]] = {
        "build_info": [
            (
                info.build_id,
                info.as_of,
                built_at,
                info.git_revision,
                info.project,
                info.duckdb_version,
                info.package_version,
                info.tests_version,
            )
        ],
        "test_results": [
            (t.name, t.kind, t.status, t.failures, t.message, t.model) for t in info.tests
        ],
        "published_tables": [
            (name, t.data_version, t.rows, t.build_id, t.description_version)
            for name, t in sorted(tables.items())
        ],
    }
    for name in META_TABLES:
        columns = _META_COLUMNS[name]
        inner = ", ".join(f"{quote(column)} {kind}" for column, (kind, _) in columns.items())
        engine.query(f"create table {table(name)} ({inner})")
        engine.insert(table(name), [kind for kind, _ in columns.values()], rows[name])
        engine.query(f"comment on table {table(name)} is {literal(_META_COMMENTS[name])}")
        for column, (_, text) in columns.items():
            engine.query(f"comment on column {table(name)}.{quote(column)} is {literal(text)}")


# -- reading a file back ------------------------------------------------------------------------
def tables_of(engine: Engine) -> set[str]:
    """The tables of the attached file's marts schema."""
    rows = engine.query(
        "select table_name from duckdb_tables()"
        f" where database_name = {literal(ALIAS)} and schema_name = {literal(MARTS)}"
    )
    return {str(name) for (name,) in rows}


def storage_of(engine: Engine) -> str:
    """The storage version of the attached file, 'v1.0.0'."""
    rows = engine.query(
        f"select tags from duckdb_databases() where database_name = {literal(ALIAS)}"
    )
    tags: dict[str, Any] = dict(rows[0][0]) if rows and rows[0][0] else {}
    return str(tags.get("storage_version", "")).rstrip("+")


def waste_of(engine: Engine) -> tuple[int, int]:
    """(unused bytes, all bytes) of the attached file."""
    rows = engine.query(
        "select free_blocks * block_size, total_blocks * block_size from pragma_database_size()"
        f" where database_name = {literal(ALIAS)}"
    )
    return int(rows[0][0]), int(rows[0][1])


def is_wasteful(unused: int, size: int) -> bool:
    """True for a file above 16 MB of which more than 40% is unused.

    >>> is_wasteful(0, 10**9), is_wasteful(41 * 10**6, 10**8), is_wasteful(9 * 10**6, 10**7)
    (False, True, False)
    """
    return size > 16 * 1024 * 1024 and unused > 0.4 * size


def verify(engine: Engine, path: Path, build_id: str, wanted: Mapping[str, int]) -> None:
    """Open the finished file as a reader does and count; EngineFault when anything differs."""
    with attached(engine, path, "(read_only)"):
        found = {
            name: int(engine.query(f"select count(*) from {table(name)}")[0][0])
            for name in sorted(tables_of(engine) - set(META_TABLES))
        }
        (of,) = engine.query(f"select build_id from {table('build_info')}")
    for name in sorted(wanted.keys() | found.keys()):
        if wanted.get(name) != found.get(name):
            raise EngineFault(
                f"{name} has {found.get(name, 'no')} rows in the new file instead of"
                f" {wanted.get(name, 'none')}",
                None,
                None,
            )
    if of != (build_id,):
        raise EngineFault(f"the new file says that it is build {of[0]}", None, None)
