"""The published file: what is in it, what a publication costs, what readers see."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from retention_pipeline.errors import EngineError
from retention_pipeline.nodes import Relation
from retention_pipeline.publishing.records import read_record, record_path
from retention_pipeline.publishing.values import How, Mart
from tests.publishing.shelf import Shelf

BIG = "select range as id, hash(range + {}) as h, 'text ' || range as t from range(60000)"


# -- what is in the file ------------------------------------------------------------------------
def test_it_holds_the_marts_and_the_facts_of_the_build(published: Shelf) -> None:
    tables = published.read("select schema_name, table_name from duckdb_tables() order by 2")
    names = ["build_info", "customers", "months", "orders", "published_tables", "test_results"]
    assert tables == [("marts", name) for name in names]
    assert published.read("from marts.customers") == [("ann", 2)]
    assert published.read(
        "select build_id, as_of, cast(built_at as varchar), git_revision, project, duckdb_version,"
        " package_version from marts.build_info"
    ) == [
        ("b001", "2024-06-01", "2024-06-01 12:00:01", "c0ffee", "shop", "2.0.0", "0.1.0"),
    ]
    assert published.read("from marts.test_results order by name") == [
        ("nearly", "data test", "warn", 3, "3 failing rows", "orders"),
        ("one_row_each", "data test", "ok", 0, "", "customers"),
    ]
    assert published.published_tables() == {
        "customers": (1, "b001"),
        "months": (1, "b001"),
        "orders": (3, "b001"),
    }


def test_tables_and_columns_are_described(published: Shelf) -> None:
    tables = dict(published.read("select table_name, comment from duckdb_tables()"))
    assert tables["customers"] == "One row of customers."
    assert all(tables.values())
    columns = published.read(
        "select column_name, comment from duckdb_columns() where table_name = 'customers'"
    )
    assert columns == [("customer_id", "The customer."), ("orders", "Number of orders.")]


def test_nobody_may_write_to_it(published: Shelf) -> None:
    assert stat.S_IMODE(published.path.stat().st_mode) == 0o444
    assert published.files() == ["published.json", "retention.duckdb"]


def test_its_storage_is_the_one_that_old_clients_read(published: Shelf) -> None:
    with duckdb.connect() as con:
        con.execute(f"attach '{published.path}' as file (read_only)")
        found = con.execute("select tags from duckdb_databases() where database_name = 'file'")
        assert found.fetchall()[0][0]["storage_version"].startswith("v1.0.0")


def test_published_json_says_the_same(published: Shelf) -> None:
    document = published.document
    assert (document["build_id"], document["as_of"]) == ("b001", "2024-06-01")
    assert document["built_at"] == "2024-06-01T12:00:01+00:00"
    assert document["git_revision"] == "c0ffee"
    assert {name: table["rows"] for name, table in document["tables"].items()} == {
        "customers": 1,
        "months": 1,
        "orders": 3,
    }
    assert document["tests"] == {"ok": 1, "warn": 1}


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        ("[1, 2]", "integer[]"),
        ("{'a': 1}", "struct(a integer)"),
        ("map {'a': 1}", "map(varchar, integer)"),
    ],
)
def test_a_nested_column_is_refused_by_name(stock: Shelf, expression: str, kind: str) -> None:
    stock.put("customers", f"select 1 as id, {expression} as things")
    with pytest.raises(EngineError, match="column things of mart customers is nested") as error:
        stock.publish()
    assert kind.split("(")[0] in str(error.value)
    assert stock.files() == []


def test_a_mart_with_the_name_of_our_own_table_is_refused(stock: Shelf) -> None:
    stock.put("build_info", "select 1 as a")
    with pytest.raises(EngineError, match="'build_info' has the name of a table"):
        stock.publish()


def test_a_view_is_published_as_a_table(stock: Shelf) -> None:
    stock.engine.query("create view marts.seen as select * from marts.orders where order_id > 0")
    stock.marts["seen"] = Mart("seen", Relation("marts", "seen"), "v1")
    stock.publish()
    assert stock.published_tables()["seen"] == (2, "b001")
    assert stock.read("select order_id from marts.seen") == [(1,), (2,)]


# -- cost goes with what changed ----------------------------------------------------------------
def test_nothing_changed_is_said_and_nothing_is_written(published: Shelf) -> None:
    before = published.path.stat()
    done = published.publish()
    assert (done.how, done.reason) == (How.CURRENT, "nothing changed")
    assert published.path.stat() == before
    assert published.document["build_id"] == "b001"


def test_only_the_changed_mart_is_written(stock: Shelf) -> None:
    stock.put("big", BIG.format(0))
    stock.publish()
    stock.put("customers", "select 'bob' as customer_id, 7 as orders")
    done = stock.publish()
    assert (done.how, done.written, done.dropped) == (How.INCREMENTAL, ("customers",), ())
    assert stock.read("from marts.customers") == [("bob", 7)]
    assert stock.published_tables() == {
        "big": (60000, "b001"),
        "customers": (1, "b002"),
        "months": (1, "b001"),
        "orders": (3, "b001"),
    }
    assert stock.read("select build_id from marts.build_info") == [("b002",)]
    assert stock.read("select count(*), sum(id) from marts.big") == [(60000, 1799970000)]


def test_the_unchanged_mart_is_not_even_read(stock: Shelf) -> None:
    """Its relation is gone from the working database; its blocks are where they were."""
    blocks = "select row_group_id, column_id, block_id from pragma_storage_info('marts.big') order by all"
    stock.put("big", BIG.format(0))
    stock.publish()
    before = stock.read(blocks)
    rows = stock.read("select md5(string_agg(h, ',' order by id)) from marts.big")
    stock.engine.query("delete from marts.big")
    stock.put("customers", "select 'bob' as customer_id, 7 as orders")
    stock.publish()
    assert stock.read(blocks) == before
    assert stock.read("select md5(string_agg(h, ',' order by id)) from marts.big") == rows


def test_a_mart_that_is_gone_leaves_and_a_new_one_comes(published: Shelf) -> None:
    del published.marts["months"]
    published.put("weeks", "select 1 as week")
    done = published.publish()
    assert (done.how, done.written, done.dropped) == (How.INCREMENTAL, ("weeks",), ("months",))
    assert sorted(published.published_tables()) == ["customers", "orders", "weeks"]


def test_a_new_description_is_published_without_the_rows(published: Shelf) -> None:
    published.marts["orders"] = replace(
        published.marts["orders"], description="New words.", columns={}
    )
    done = published.publish()
    assert (done.how, done.written, done.described) == (How.INCREMENTAL, (), ("orders",))
    assert published.read(
        "select comment from duckdb_tables() where table_name = 'orders' union all"
        " select comment from duckdb_columns() where table_name = 'orders'"
    ) == [("New words.",), (None,), (None,)]


def test_a_new_cut_off_or_test_result_is_published(published: Shelf) -> None:
    published.as_of = "2024-07-01"
    assert published.publish().how is How.INCREMENTAL
    assert published.read("select as_of from marts.build_info") == [("2024-07-01",)]
    published.tests = published.tests[:1]
    assert published.publish().how is How.INCREMENTAL
    assert published.read("select count(*) from marts.test_results") == [(1,)]


def test_many_publications_do_not_bloat_the_file(stock: Shelf) -> None:
    for number in range(4):
        stock.put(f"big{number}", BIG.format(number))
    stock.publish()
    first = stock.path.stat().st_size
    for number in range(12):  # three times the file, were nothing used again
        stock.put(f"big{number % 4}", BIG.format(number))
        stock.put("customers", f"select 'ann' as customer_id, {number} as orders")
        assert stock.publish().how is How.INCREMENTAL
    assert stock.path.stat().st_size < 1.15 * first


def test_a_file_of_holes_is_written_anew(stock: Shelf) -> None:
    for number in range(4):
        stock.put(f"big{number}", BIG.format(number).replace("60000", "400000"))
    stock.put("last", "select range as id from range(10)")
    stock.publish()
    full = stock.path.stat().st_size
    assert full > 16 * 1024 * 1024
    for number in range(3):
        stock.put(f"big{number}", "select 1 as id")
    done = stock.publish()
    assert done.how is How.FRESH
    assert stock.path.stat().st_size < 0.4 * full
    assert stock.published_tables()["big3"] == (400000, "b002")


def _garbage(path: Path) -> None:
    path.chmod(0o644)
    path.write_bytes(b"x" * 5000)


def _edited(path: Path) -> None:
    path.chmod(0o644)
    with duckdb.connect(str(path)) as con:
        con.execute("update marts.orders set customer_id = 'eve'")


def _newer(path: Path) -> None:
    path.unlink()
    with duckdb.connect(str(path)) as con:
        con.execute("create schema marts")
        con.execute("create table marts.orders as select 1 as a")


def _log(path: Path) -> None:
    path.with_name(path.name + ".wal").write_bytes(b"not ours")


def _no_record(path: Path) -> None:
    record_path(path).unlink()


@pytest.mark.parametrize("harm", [_garbage, _edited, _newer, _log, _no_record])
def test_a_file_that_is_not_as_we_left_it_is_written_anew(
    published: Shelf, harm: Callable[[Path], None]
) -> None:
    harm(published.path)
    published.put("months", "select 1 as month")
    done = published.publish()
    assert done.how is How.FRESH
    assert published.read("select distinct customer_id from marts.orders") == [("ann",)]
    assert not published.path.with_name("retention.duckdb.wal").exists()
    published.put("months", "select 2 as month")
    assert published.publish().how is How.INCREMENTAL


def test_a_damaged_base_with_a_fitting_record_is_noticed(published: Shelf) -> None:
    """Size and time as recorded, but no DuckDB file any more."""
    status = published.path.stat()
    published.path.chmod(0o644)
    published.path.write_bytes(b"x" * status.st_size)
    os.utime(published.path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert read_record(published.path)
    published.put("months", "select 1 as month")
    assert published.publish().how is How.FRESH


# -- readers ------------------------------------------------------------------------------------
def test_a_reader_keeps_its_data_and_a_new_one_gets_the_new(published: Shelf) -> None:
    with duckdb.connect(str(published.path), read_only=True) as reader:
        assert reader.execute("from marts.customers").fetchall() == [("ann", 2)]
        for number in range(3):
            published.put("customers", f"select 'bob' as customer_id, {number} as orders")
            published.publish()
        assert reader.execute("from marts.customers").fetchall() == [("ann", 2)]
        assert reader.execute("select build_id from marts.build_info").fetchall() == [("b001",)]
    assert published.read("from marts.customers") == [("bob", 2)]


def test_a_reader_in_another_process_blocks_nothing(published: Shelf) -> None:
    code = (
        "import duckdb, sys; con = duckdb.connect(sys.argv[1], read_only=True); print('open',"
        " flush=True); sys.stdin.readline(); print(con.execute('from marts.customers').fetchall())"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(published.path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as reader:  # fmt: skip
        assert reader.stdout
        assert reader.stdout.readline() == "open\n"
        published.put("customers", "select 'bob' as customer_id, 1 as orders")
        assert published.publish().is_published
        out, _ = reader.communicate("go\n")
    assert out == "[('ann', 2)]\n"


def test_a_link_to_the_file_stays_a_link(stock: Shelf, tmp_path: Path) -> None:
    place = tmp_path / "elsewhere"
    place.mkdir()
    stock.path.symlink_to(place / "retention.duckdb")
    stock.publish()
    assert stock.path.is_symlink()
    assert stock.read("from marts.customers") == [("ann", 2)]


# -- leftovers ----------------------------------------------------------------------------------
def test_what_a_dead_build_left_is_swept(published: Shelf) -> None:
    dead = subprocess.Popen(["true"])
    dead.wait()
    folder = published.folder
    left = [folder / f"retention-{pid}.building" for pid in (dead.pid, os.getpid())]
    left += [folder / f"{left[0].name}.wal", folder / f"published-{dead.pid}.building"]
    for path in left:
        path.write_text("half")
    alive = folder / f"retention-{os.getppid()}.building"
    alive.write_text("at work")
    published.put("months", "select 1 as month")
    published.publish()
    assert [path.name for path in folder.glob("*.building*")] == [alive.name]


def test_leftovers_and_logs_go_even_when_nothing_changed(published: Shelf) -> None:
    left = published.folder / f"retention-{os.getpid()}.building"
    left.write_text("half")
    assert published.publish().how is How.CURRENT
    assert not left.exists()
    published.path.with_name("retention.duckdb.wal").write_bytes(b"not ours")
    assert published.publish().how is How.FRESH
    assert published.files() == ["published.json", "retention.duckdb", "retention.duckdb.wal.orphan",
        "versions/retention-b001.duckdb"]  # fmt: skip


def test_the_engine_has_nothing_attached_afterwards(published: Shelf) -> None:
    published.put("months", "select 1 as month")
    published.publish()
    names = published.engine.query(
        "select database_name from duckdb_databases() where not internal"
    )
    assert names == [("memory",)]
