"""The published file once more as a schema of a PostgreSQL database, for teams whose BI reads that.

Room:  act. Imports engine, errors, postgres_target, quoting. May touch: psycopg (extra `postgres`).
In:    the published DuckDB file, PostgresTarget.  Out: the schema, replaced in one transaction.

A new schema is filled beside the old one (COPY of what DuckDB writes as CSV), the two change names
in the same transaction, and the old one is dropped when nobody reads it any more. Whoever queries
gets the old tables or the new ones; nobody waits.
"""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retention_pipeline.engine import Engine, EngineFault
from retention_pipeline.errors import BusyError, CommandError, EngineError, Location
from retention_pipeline.nodes import MARTS
from retention_pipeline.postgres_target import PostgresTarget
from retention_pipeline.quoting import literal, quote, relation

if TYPE_CHECKING:
    import psycopg

_MARK = "Published by retention_pipeline; replaced as a whole. Build "
_BLOCK = 1 << 20
_LONGEST_NAME = 63
_TYPES = {
    "tinyint": "smallint",
    "utinyint": "smallint",
    "usmallint": "integer",
    "uinteger": "bigint",
    "ubigint": "numeric(20, 0)",
    "hugeint": "numeric(39, 0)",
    "uhugeint": "numeric(39, 0)",
    "float": "real",
    "double": "double precision",
    "varchar": "text",
    "blob": "bytea",
    "timestamp_s": "timestamp(0)",
    "timestamp_ms": "timestamp(3)",
    "timestamp_ns": "timestamp",
}
_SAME = {
    "smallint",
    "integer",
    "bigint",
    "boolean",
    "date",
    "time",
    "timestamp",
    "uuid",
    "interval",
}
_DECIMAL = re.compile(r"decimal\((\d+),\s*(\d+)\)\Z")


@dataclass(frozen=True, slots=True)
class SentToPostgres:
    """What a publication did; `is_current` when the database had this build already."""

    place: str
    build_id: str
    tables: int
    rows: int
    is_current: bool = False
    left: str = ""  # what could not be cleared away yet, and why


def publish_postgres(
    file: Path, target: PostgresTarget, keys: Mapping[str, Sequence[str]], *, force: bool = False
) -> SentToPostgres:
    """Replace the schema by what the published file holds. `keys`: mart -> its primary key.

    Raises CommandError without psycopg, EngineError when it cannot be done; the schema in the
    database is then as it was.
    """
    psycopg = _driver()
    try:
        with Engine(str(file), read_only=True) as engine, _connected(target) as connection:
            return _Publication(engine, connection, target, keys).run(force)
    except psycopg.Error as error:
        raise _error(target, str(error)) from None
    except (EngineFault, OSError) as error:
        raise _error(target, str(error)) from None


def _driver() -> Any:
    try:
        import psycopg
    except ImportError:
        raise CommandError(
            "publishing to PostgreSQL needs psycopg",
            fix="pip install 'retention_pipeline[postgres]'",
        ) from None
    return psycopg


@contextlib.contextmanager
def _connected(target: PostgresTarget) -> Iterator[psycopg.Connection[Any]]:
    import psycopg

    secret = {"password": target.secret} if target.secret else {}
    given: dict[str, Any] = {"connect_timeout": "10", **target.where, **secret}
    with psycopg.connect(autocommit=True, application_name="retention_pipeline", **given) as opened:
        opened.execute("set client_min_messages = warning")
        opened.execute("set datestyle = 'ISO'")
        yield opened


def _error(target: PostgresTarget, text: str) -> EngineError:
    line = " ".join(text.split())
    if target.secret:
        line = line.replace(target.secret, "***")
    return EngineError(
        f"not published to PostgreSQL: {line}",
        at=Location(target.shown),
        fix="it is as it was there",
    )


class _Publication:
    """One replacement of one schema; used once."""

    def __init__(
        self,
        engine: Engine,
        connection: psycopg.Connection[Any],
        target: PostgresTarget,
        keys: Mapping[str, Sequence[str]],
    ) -> None:
        self.engine, self.connection, self.target, self.keys = engine, connection, target, keys
        self.schema = target.schema
        self.build_id = str(engine.query("select build_id from marts.build_info")[0][0])
        self.building = f"{self.schema}__new_{self.build_id[:8]}"
        self.leaving = f"{self.schema}__old_{self.build_id[:8]}"

    def run(self, force: bool) -> SentToPostgres:
        tables = self._tables()
        with self.connection.transaction():
            self._lock()
            there = self._comment()
            if there == _MARK + self.build_id and not force:
                return SentToPostgres(self.target.shown, self.build_id, len(tables), 0, True)
            if there is not None:
                self._check_ours(there)
            self._execute(f"drop schema if exists {quote(self.building)} cascade")
            self._execute(f"create schema {quote(self.building)}")
            rows = sum(self._table(name) for name in tables)
            self._grant()
            if there is not None:
                self._execute(f"alter schema {quote(self.schema)} rename to {quote(self.leaving)}")
            self._execute(f"alter schema {quote(self.building)} rename to {quote(self.schema)}")
            mark = literal(_MARK + self.build_id)
            self._execute(f"comment on schema {quote(self.schema)} is {mark}")
        return SentToPostgres(
            self.target.shown, self.build_id, len(tables), rows, left=self._sweep()
        )

    def _execute(self, sql: str) -> list[tuple[Any, ...]]:
        cursor = self.connection.execute(sql.encode())
        return cursor.fetchall() if cursor.description else []

    # -- may we? ------------------------------------------------------------------------------
    def _lock(self) -> None:
        name = literal(f"retention_pipeline:{self.schema}")
        if not self._execute(f"select pg_try_advisory_xact_lock(hashtext({name}))")[0][0]:
            raise BusyError(
                f"another publication to {self.target.shown} is at work",
                fix="try again when it ended",
            )

    def _comment(self) -> str | None:
        """The comment of the schema; None when there is no such schema."""
        found = self._execute(
            "select coalesce(obj_description(oid, 'pg_namespace'), '') from pg_namespace"
            f" where nspname = {literal(self.schema)}"
        )
        return str(found[0][0]) if found else None

    def _check_ours(self, comment: str) -> None:
        if not comment.startswith(_MARK):
            raise EngineError(
                f"the schema {self.schema} is there and was not published from here",
                at=Location(self.target.shown),
                fix="name another one in profiles.yml (schema: ...), or drop it",
            )
        views = self._execute(
            "select distinct n.nspname || '.' || c.relname from pg_depend d"
            " join pg_rewrite r on r.oid = d.objid join pg_class c on c.oid = r.ev_class"
            " join pg_namespace n on n.oid = c.relnamespace join pg_class t on t.oid = d.refobjid"
            " join pg_namespace m on m.oid = t.relnamespace"
            " where d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass"
            f" and m.nspname = {literal(self.schema)} and n.nspname <> m.nspname order by 1"
        )
        if views:
            names = ", ".join(str(name) for (name,) in views)
            raise EngineError(
                f"views stand on the tables that would be replaced: {names}",
                at=Location(self.target.shown),
                fix="drop them and create them again after it; a view keeps the table it was made on",
            )

    # -- tables -------------------------------------------------------------------------------
    def _tables(self) -> list[str]:
        return [
            str(name)
            for (name,) in self.engine.query(
                "select table_name from duckdb_tables()"
                f" where database_name = current_database() and schema_name = {literal(MARTS)}"
                " order by table_name"
            )
        ]

    def _table(self, name: str) -> int:
        """Create and fill one table; gives its rows."""
        columns = self.engine.query(
            "select column_name, lower(data_type), comment from duckdb_columns()"
            f" where database_name = current_database() and schema_name = {literal(MARTS)}"
            f" and table_name = {literal(name)} order by column_index"
        )
        for each in (name, *(str(c[0]) for c in columns)):
            if len(each.encode()) > _LONGEST_NAME:
                raise EngineError(f"PostgreSQL would cut the name {each}", fix="shorten it")
        new = relation(self.building, name)
        inner = ", ".join(
            f"{quote(str(c))} {_postgres_type(name, str(c), str(t))}" for c, t, _ in columns
        )
        self._execute(f"create table {new} ({inner})")
        rows = self._copy(name, new, [str(c[0]) for c in columns])
        key = self.keys.get(name)
        if key:
            self._execute(f"alter table {new} add primary key ({', '.join(map(quote, key))})")
        self._describe(name, new, {str(c): comment for c, _, comment in columns})
        return rows

    def _copy(self, name: str, new: str, columns: Sequence[str]) -> int:
        """DuckDB writes CSV, every text in quotes, so that NULL is told from the empty text."""
        expected = int(self.engine.query(f"select count(*) from {relation(MARTS, name)}")[0][0])
        with tempfile.TemporaryDirectory(prefix="pipeline-postgres-") as folder:
            path = Path(folder) / "rows.csv"
            self.engine.query(
                f"copy {relation(MARTS, name)} to {literal(str(path))}"
                " (format csv, header false, nullstr '', force_quote *, quote '\"', escape '\"')"
            )
            sql = f"copy {new} ({', '.join(map(quote, columns))}) from stdin (format csv, null '')"
            with (
                self.connection.cursor() as cursor,
                cursor.copy(sql.encode()) as copy,
                path.open("rb") as file,
            ):
                while block := file.read(_BLOCK):
                    copy.write(block)
        found = int(self._execute(f"select count(*) from {new}")[0][0])
        if found != expected:
            raise EngineError(f"{name} has {found} rows there instead of {expected}")
        return found

    def _describe(self, name: str, new: str, columns: Mapping[str, str | None]) -> None:
        (comment,) = self.engine.query(
            "select comment from duckdb_tables() where database_name = current_database()"
            f" and schema_name = {literal(MARTS)} and table_name = {literal(name)}"
        )[0]
        if comment:
            self._execute(f"comment on table {new} is {_text(comment)}")
        for column, text in columns.items():
            if text:
                self._execute(f"comment on column {new}.{quote(column)} is {_text(text)}")
        self._execute(f"analyze {new}")

    # -- who may read -------------------------------------------------------------------------
    def _grant(self) -> None:
        """What roles could do with the old schema and its tables they can do with the new."""
        whom = (
            "case when x.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(x.grantee)) end"
        )
        schema = self._execute(
            f"select x.privilege_type, {whom} from pg_namespace n, aclexplode(n.nspacl) x"
            f" where n.nspname = {literal(self.schema)} and x.grantee <> n.nspowner"
        )
        for privilege, role in schema:
            self._execute(f"grant {privilege} on schema {quote(self.building)} to {role}")
        tables = self._execute(
            f"select c.relname, x.privilege_type, {whom} from pg_class c"
            " join pg_namespace n on n.oid = c.relnamespace, aclexplode(c.relacl) x"
            f" where n.nspname = {literal(self.schema)} and c.relkind = 'r' and x.grantee <> c.relowner"
        )
        new = set(self._tables())
        old = {str(t) for t, _, _ in tables}
        for table, privilege, role in tables:
            if table in new:
                target = relation(self.building, str(table))
                self._execute(f"grant {privilege} on {target} to {role}")
        everywhere = {(p, r) for _, p, r in tables if all((t, p, r) in tables for t in old)}
        for table in sorted(new - old) if old else ():  # a new mart, for who could read all of them
            for privilege, role in sorted(everywhere):
                self._execute(f"grant {privilege} on {relation(self.building, table)} to {role}")

    # -- what is left -------------------------------------------------------------------------
    def _sweep(self) -> str:
        """Drop schemas that were replaced; one that is still being read goes the next time."""
        pattern = literal(self.schema.replace("_", r"\_") + r"\_\_old\_%")
        found = self._execute(f"select nspname from pg_namespace where nspname like {pattern}")
        import psycopg

        for (name,) in found:
            try:
                with self.connection.transaction():
                    self._execute("set local lock_timeout = '5s'")
                    self._execute(f"drop schema {quote(str(name))} cascade")
            except psycopg.errors.LockNotAvailable:
                return f"{name} is still being read and is dropped the next time"
        return ""


def _postgres_type(table: str, column: str, kind: str) -> str:
    decimal = _DECIMAL.match(kind)
    if decimal:
        return f"numeric({decimal[1]}, {decimal[2]})"
    if kind in _SAME:
        return kind
    if kind in _TYPES:
        return _TYPES[kind]
    if kind == "timestamp with time zone":
        return "timestamptz"
    if kind.startswith("enum("):
        return "text"
    raise EngineError(
        f"column {column} of {table} is {kind}, for which PostgreSQL has no type here"
    )


def _text(text: str) -> str:
    """A text literal that does not depend on standard_conforming_strings."""
    return "E" + literal(text.replace("\\", "\\\\"))
