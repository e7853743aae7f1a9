"""Marts in a PostgreSQL database: what arrives, what readers see meanwhile, what is refused."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.conftest import Shop
from tests.publishing.postgres_server import Server, server, why_not

psycopg = pytest.importorskip("psycopg", reason="needs the extra `postgres`")
pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())

OUTPUT = """
    bi:
      type: postgres
      host: {host}
      port: {port}
      user: {user}
      password: "{{{{ env_var('SHOP_PG_PASSWORD') }}}}"
      dbname: {dbname}
      schema: marts
"""


@pytest.fixture(scope="module")
def postgres() -> Iterator[Server]:
    with server() as running:
        yield running


_numbers = iter(range(1000))


@pytest.fixture
def database(postgres: Server) -> Iterator[Any]:
    """An empty database of its own."""
    name = f"bi{next(_numbers)}"
    where = {"host": postgres.host, "port": postgres.port, "user": postgres.user}
    with psycopg.connect(
        dbname="postgres", password=postgres.password, autocommit=True, **where
    ) as root:
        root.execute(f"create database {name}")
    with psycopg.connect(
        dbname=name, password=postgres.password, autocommit=True, **where
    ) as opened:
        yield opened


@pytest.fixture
def shop(built: Shop, postgres: Server, database: Any, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A built project that knows the database."""
    monkeypatch.setenv("SHOP_PG_PASSWORD", postgres.password)
    profiles = built.root / "profiles.yml"
    output = OUTPUT.format(
        host=postgres.host, port=postgres.port, user=postgres.user, dbname=database.info.dbname
    )
    profiles.write_text(profiles.read_text().rstrip() + output)
    return built


def rows(connection: Any, sql: str) -> list[tuple[Any, ...]]:
    return list(connection.execute(sql).fetchall())


def test_what_is_published_arrives_whole(shop: Shop, database: Any) -> None:
    done = shop.run("publish", "--to", "bi")
    assert done.code == 0, done.text
    assert "published 5 tables" in done.out
    with duckdb.connect(str(shop.published), read_only=True) as file:
        tables = [
            t
            for (t,) in file.execute("select table_name from duckdb_tables() order by 1").fetchall()
        ]
        for table in tables:
            wanted = file.execute(f"select * from marts.{table} order by all").fetchall()
            assert sorted(rows(database, f"select * from marts.{table}"), key=str) == sorted(
                wanted, key=str
            )
        comment = "select obj_description('marts.{}'::regclass)"
        for table, text in file.execute(
            "select table_name, comment from duckdb_tables()"
        ).fetchall():
            assert rows(database, comment.format(table)) == [(text,)]
        columns = file.execute(
            "select table_name, column_name, comment from duckdb_columns() where schema_name = 'marts'"
        ).fetchall()
    found = rows(
        database,
        "select table_name, column_name, col_description((table_schema || '.' || table_name)::regclass,"
        " ordinal_position) from information_schema.columns where table_schema = 'marts'",
    )
    assert sorted(found, key=str) == sorted(columns, key=str)
    assert "up to date" in shop.run("publish", "--to", "bi").out


def test_types_and_hard_values(postgres: Server, database: Any, tmp_path: Path) -> None:
    """NULL is not the empty text; quotes, commas, line breaks, backslashes, \\N and emoji are text."""
    from retention_pipeline.postgres_target import PostgresTarget
    from retention_pipeline.publishing.postgres import publish_postgres

    path = tmp_path / "some.duckdb"
    texts = ["", "a,b", 'say "x"', "two\nlines", "back\\slash", "\\N", "\\.", "ünïcode 🙂", "NULL"]
    with duckdb.connect(str(path)) as file:
        file.execute("create schema marts")
        file.execute("create table marts.build_info as select 'build1' as build_id")
        file.execute(
            "create table marts.hard (n integer, t varchar, d decimal(18,4), f double, b boolean,"
            " day date, moment timestamp, i tinyint, h hugeint)"
        )
        for n, text in enumerate([*texts, None]):
            file.execute(
                "insert into marts.hard values (?, ?, 12345678901234.5678, 0.1::double + 0.2, true,"
                " date '2024-02-29', timestamp '2024-02-29 23:59:59.999999', -1,"
                " 170141183460469231731687303715884105727)",
                [n, text],
            )
        file.execute("insert into marts.hard (n, f) values (98, 'nan'), (99, '-inf')")
        file.execute("comment on column marts.hard.t is 'it''s a \\ text'")
    where = {"host": postgres.host, "port": postgres.port, "user": postgres.user}
    target = PostgresTarget(
        "x", "marts", {**where, "dbname": database.info.dbname}, postgres.password
    )
    publish_postgres(path, target, {"hard": ["n"]})
    found = rows(database, "select t from marts.hard where n < 50 order by n")
    assert [t for (t,) in found] == [*texts, None]
    (values,) = rows(
        database,
        "select d::text, f, b, day::text, moment::text, i, h::text from marts.hard where n = 0",
    )
    assert values == (
        "12345678901234.5678",
        0.30000000000000004,
        True,
        "2024-02-29",
        "2024-02-29 23:59:59.999999",
        -1,
        "170141183460469231731687303715884105727",
    )
    assert rows(database, "select f::text from marts.hard where n > 90 order by n") == [
        ("NaN",),
        ("-Infinity",),
    ]
    types = dict(
        rows(
            database,
            "select column_name, data_type from information_schema.columns where table_name = 'hard'",
        )
    )
    assert (types["d"], types["f"], types["i"]) == ("numeric", "double precision", "smallint")
    key = "select count(*) from pg_constraint where contype = 'p' and conrelid = 'marts.hard'::regclass"
    assert rows(database, key) == [(1,)]
    assert postgres.password not in repr(target)


def test_readers_see_the_old_or_the_new_and_do_not_wait(
    shop: Shop, database: Any, postgres: Server
) -> None:
    assert shop.run("publish", "--to", "bi").code == 0
    seen: set[tuple[Any, ...]] = set()
    stop, faults = threading.Event(), []

    def read() -> None:
        info = database.info
        with psycopg.connect(
            host=info.host,
            port=info.port,
            user=info.user,
            dbname=info.dbname,
            password=postgres.password,
        ) as own:
            own.autocommit = True
            while not stop.is_set():
                try:
                    seen.add(
                        own.execute(
                            "select (select build_id from marts.build_info),"
                            " (select sum(orders) from marts.customer_orders)"
                        ).fetchone()
                    )
                except psycopg.Error as error:
                    faults.append(str(error))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        shop.edit("seeds/raw_orders.csv", "o4,,", "o4,cid,")
        assert shop.run("build").code == 0
        assert shop.run("publish", "--to", "bi").code == 0
    finally:
        stop.set()
        reader.join()
    assert not faults
    assert len(seen) == 2
    assert len({build for build, _ in seen}) == 2
    schemas = rows(database, "select nspname from pg_namespace where nspname like 'marts%'")
    assert schemas == [("marts",)]


def test_who_could_read_can_read_again(shop: Shop, database: Any) -> None:
    assert shop.run("publish", "--to", "bi").code == 0
    role = f"reader_{database.info.dbname}"
    database.execute(f"create role {role}")
    database.execute(f"grant usage on schema marts to {role}")
    database.execute(f"grant select on all tables in schema marts to {role}")
    assert shop.run("publish", "--fresh", "--to", "bi").code == 0
    asked = (
        f"select has_schema_privilege('{role}', 'marts', 'usage'),"
        f" has_table_privilege('{role}', 'marts.build_info', 'select')"
    )
    assert rows(database, asked) == [(True, True)]


def test_a_schema_of_somebody_else_is_left_alone(shop: Shop, database: Any) -> None:
    database.execute("create schema marts")
    database.execute("create table marts.mine as select 1 as x")
    done = shop.run("publish", "--to", "bi")
    assert done.code == 2
    assert "was not published from here" in done.err
    assert rows(database, "select * from marts.mine") == [(1,)]


def test_views_on_the_tables_are_named_and_nothing_is_replaced(shop: Shop, database: Any) -> None:
    assert shop.run("publish", "--to", "bi").code == 0
    before = rows(database, "select build_id from marts.build_info")
    database.execute("create view public.mine as select * from marts.customer_orders")
    done = shop.run("publish", "--fresh", "--to", "bi")
    assert done.code == 2
    assert "public.mine" in done.err
    assert rows(database, "select build_id from marts.build_info") == before


def test_a_failure_leaves_the_old_schema(shop: Shop, database: Any, postgres: Server) -> None:
    assert shop.run("publish", "--to", "bi").code == 0
    before = rows(database, "select * from marts.build_info")
    from retention_pipeline.errors import EngineError
    from retention_pipeline.postgres_target import PostgresTarget
    from retention_pipeline.publishing.postgres import publish_postgres

    where = {"host": postgres.host, "port": postgres.port, "user": postgres.user}
    target = PostgresTarget(
        "x", "marts", {**where, "dbname": database.info.dbname}, postgres.password
    )
    with pytest.raises(EngineError, match="not published to PostgreSQL"):
        # build_id is no key of it: the constraint fails after some tables are filled
        publish_postgres(shop.published, target, {"published_tables": ["build_id"]}, force=True)
    assert rows(database, "select * from marts.build_info") == before
    assert rows(database, "select count(*) from pg_namespace where nspname like 'marts\\_%'") == [
        (0,)
    ]


def test_the_password_is_never_printed(
    shop: Shop, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_PG_PASSWORD", "wrong-" + postgres.password)
    done = shop.run("publish", "--to", "bi")
    assert done.code == 2
    assert "password authentication failed" in done.err
    assert postgres.password not in done.text
    for path in (shop.root / "target").rglob("*"):
        assert path.is_dir() or postgres.password.encode() not in path.read_bytes()
