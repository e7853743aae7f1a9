"""The first published file, begun while the build still runs."""

from __future__ import annotations

import errno
import os
import threading
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest

from retention_pipeline.api import Options, compile_
from retention_pipeline.beforehand import first_file
from retention_pipeline.engine import Engine
from retention_pipeline.publishing import content
from retention_pipeline.publishing.database import publish
from retention_pipeline.publishing.first import FirstFile
from retention_pipeline.publishing.values import How, Publication
from tests.conftest import Shop
from tests.publishing.shelf import Shelf, shelf

COMMENTS = """
    select table_name, comment from duckdb_tables() where comment is not null
    union all select table_name || '.' || column_name, comment from duckdb_columns()
    where comment is not null and not internal order by all"""


def published(made: Shelf, first: FirstFile | None = None) -> Publication:
    marts = list(made.marts.values())
    return publish(made.engine, marts, made.info("b001"), made.path, 3, first=first)


def content_of(path: Path) -> dict[str, Any]:
    """All that a reader can see of a file."""
    with duckdb.connect(str(path), read_only=True) as file:
        names = [
            name
            for (name,) in file.execute(
                "select table_name from duckdb_tables() order by 1"
            ).fetchall()
        ]
        rows = {name: file.execute(f"from marts.{name} order by all").fetchall() for name in names}
        return {**rows, "comments": file.execute(COMMENTS).fetchall()}


def nothing_left(folder: Path) -> bool:
    return not list(folder.glob("*.building*")) and not list(folder.glob("*.wal*"))


@pytest.mark.parametrize("begun", [("months",), ("orders", "customers", "months")])
def test_readers_see_what_they_would_see_else(tmp_path: Path, begun: tuple[str, ...]) -> None:
    with shelf(tmp_path / "plain") as plain, shelf(tmp_path / "begun") as made:
        published(plain)
        with FirstFile(made.engine, made.path) as first:
            for name in begun:
                first.write(made.marts[name])
            done = published(made, first)
        assert (done.how, len(done.written)) == (How.FRESH, 3)
        assert content_of(made.path) == content_of(plain.path)
        assert made.document["tables"] == plain.document["tables"]
        assert nothing_left(made.folder)
        made.put("months", "select date '2024-06-01' as month")
        assert made.publish().how is How.INCREMENTAL


def test_many_marts_are_written_in_between(stock: Shelf) -> None:
    for i in range(40):
        stock.put(f"many_{i:02}", f"select {i} as i from range(100)")
    with FirstFile(stock.engine, stock.path) as first:
        for mart in stock.marts.values():
            first.write(mart)
        published(stock, first)
    assert content_of(stock.path)["many_39"] == [(39,)] * 100


def test_a_file_that_cannot_be_written_is_written_again_when_it_is_due(
    stock: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FirstFile(stock.engine, stock.path) as first:
        with monkeypatch.context() as patch:
            patch.setattr(content, "describe_tables", full_disk)
            first.write(stock.marts["months"])
            first.write(stock.marts["orders"])
            assert first.finish() == {}
        assert nothing_left(stock.folder)
        published(stock, first)
    assert len(content_of(stock.path)["orders"]) == 3


def full_disk(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_what_is_not_published_leaves_nothing(stock: Shelf) -> None:
    threads = threading.active_count()
    with FirstFile(stock.engine, stock.path) as first:
        first.write(stock.marts["months"])
    assert nothing_left(stock.folder)
    assert not stock.path.exists()
    assert threading.active_count() == threads
    assert stock.engine.query("select count(*) from duckdb_databases() where not internal") == [
        (1,)
    ]


def test_a_long_write_is_stopped_when_nobody_waits_for_it(
    stock: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    stock.engine.query("drop table marts.months")
    stock.engine.query(
        "create view marts.months as select sum(hash(i)) as month from range(1500000000) as t(i)"
    )
    stopped: list[bool] = []
    original = stock.engine.interrupt

    def interrupt() -> None:
        stopped.append(True)
        original()

    monkeypatch.setattr(stock.engine, "interrupt", interrupt)
    with FirstFile(stock.engine, stock.path) as first:
        first.write(stock.marts["months"])
        first.write(stock.marts["orders"])
        while not [*stock.folder.glob("*.building")]:
            time.sleep(0.01)
    assert stopped
    assert nothing_left(stock.folder)
    assert stock.engine.query("select 1") == [(1,)]


def spied(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The marts that the next build writes beforehand."""
    written: list[str] = []
    original = FirstFile.write

    def write(self: FirstFile, mart: Any) -> None:
        written.append(mart.name)
        original(self, mart)

    monkeypatch.setattr(FirstFile, "write", write)
    return written


def test_a_first_build_writes_its_marts_beforehand_and_a_later_one_does_not(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    marts(shop)
    written = spied(shop, monkeypatch)
    assert shop.run("build").code == 0
    assert {"a", "b"} < set(written)
    count = len(written)
    assert shop.query("select x from marts.b", published=True) == [(2,)]
    shop.model("b", MART + "select x + 10 as x from {{ ref('a') }}")
    assert shop.run("build").code == 0
    assert len(written) == count
    assert shop.query("select x from marts.b", published=True) == [(11,)]


@pytest.mark.parametrize(
    "command", [["build", "--no-publish"], ["run"], ["build", "--empty"], ["build", "-s", "a"]]
)
def test_who_does_not_publish_writes_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    marts(shop)
    written = spied(shop, monkeypatch)
    assert shop.run(*command).code == 0
    assert not written


def test_a_build_that_fails_leaves_nothing(shop: Shop) -> None:
    marts(shop)
    shop.write("tests/data/assert_no_b.sql", "select * from {{ ref('b') }}")
    done = shop.run("build")
    assert done.code == 1, done.text
    assert not shop.published.exists()
    assert nothing_left(shop.published.parent)


MART = "{{ config(schema='marts') }} "


def marts(shop: Shop) -> Shop:
    shop.model("a", MART + "select 1 as x")
    shop.model("b", MART + "select x + 1 as x from {{ ref('a') }} -- show us what is there")
    return shop


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("models/free/c.sql", "{{ config(post_hook='update marts.a set x = 3') }} select 1 as y"),
        ("models/free/c.sql", "select table_name from information_schema.tables"),
        ("models/free/c.sql", "select table_name from duckdb_tables()"),
        ("models/free/c.sql", "select * from (show all tables)"),
        ("models/free/c.sql", "{% set n = run_query('select 1') %} select 1 as x"),
        ("tests/data/assert_c.sql", "select 1 from duckdb_databases() where false"),
    ],
)
def test_who_could_see_or_change_what_is_written_prevents_it(
    shop: Shop, path: str, text: str
) -> None:
    marts(shop)
    options = Options(project_dir=shop.root, environ={})
    with Engine(":memory:") as engine:
        assert first_file(compile_(options), engine) is not None
        if path.startswith("models/"):
            shop.model("c", text)
        else:
            shop.write(path, text)
        assert first_file(compile_(options), engine) is None


def test_a_hook_of_the_run_prevents_it(shop: Shop) -> None:
    marts(shop)
    shop.edit("dbt_project.yml", "name:", "on-run-end: ['select 1']\nname:")
    with Engine(":memory:") as engine:
        assert first_file(compile_(Options(project_dir=shop.root, environ={})), engine) is None


def test_an_interrupted_build_leaves_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    marts(shop)

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("retention_pipeline.deliver.publish_build", interrupted)
    assert shop.run("build").code == 130
    assert nothing_left(shop.published.parent)
    assert not shop.published.exists()
