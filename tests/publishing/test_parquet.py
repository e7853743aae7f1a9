"""Parquet: whole versions, `latest` always there, unchanged marts not written twice."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from retention_pipeline.engine import Engine
from retention_pipeline.errors import CommandError, EngineError
from retention_pipeline.publishing import disk, parquet
from retention_pipeline.publishing.parquet import parquet_versions, point_latest, publish_parquet
from retention_pipeline.publishing.values import How, Publication
from tests.publishing.shelf import Shelf
from tests.publishing.test_failures import full_disk


def place(stock: Shelf) -> Path:
    return stock.folder / "parquet"


def write(stock: Shelf, keep: int = 3) -> Publication:
    info = stock.info()
    return publish_parquet(stock.engine, list(stock.marts.values()), info, place(stock), keep)


def read(stock: Shelf, mart: str, version: str = "latest") -> list[tuple[Any, ...]]:
    file = place(stock) / version / mart / f"{mart}.parquet"
    return duckdb.execute(f"from '{file}'").fetchall()


def test_a_version_holds_every_mart(stock: Shelf) -> None:
    done = write(stock)
    assert (done.how, done.tables, done.written) == (
        How.FRESH,
        3,
        ("customers", "orders", "months"),
    )
    assert read(stock, "customers") == [("ann", 2)]
    assert read(stock, "orders", "b001") == [(0, "ann"), (1, "ann"), (2, "ann")]
    document = json.loads((place(stock) / "latest" / "manifest.json").read_text())
    assert (document["build_id"], document["as_of"]) == ("b001", "2024-06-01")
    assert {name: table["rows"] for name, table in document["tables"].items()} == {
        "customers": 1, "orders": 3, "months": 1,
    }  # fmt: skip


def test_a_file_says_what_it_is(stock: Shelf) -> None:
    write(stock)
    file = place(stock) / "latest/customers/customers.parquet"
    rows = duckdb.execute(f"select decode(key), decode(value) from parquet_kv_metadata('{file}')")
    notes = dict(rows.fetchall())
    assert notes["mart"] == "customers"
    assert notes["description"] == "One row of customers."


def test_what_did_not_change_is_the_same_file(stock: Shelf) -> None:
    write(stock)
    stock.put("customers", "select 'bob' as customer_id, 1 as orders")
    done = write(stock)
    assert (done.how, done.written) == (How.INCREMENTAL, ("customers",))
    one, two = (
        (place(stock) / v / "orders/orders.parquet").stat().st_ino for v in ("b001", "b002")
    )
    assert one == two
    assert read(stock, "customers") == [("bob", 1)]
    assert read(stock, "customers", "b001") == [("ann", 2)]


def test_nothing_changed_is_said(stock: Shelf) -> None:
    write(stock)
    assert write(stock).how is How.CURRENT
    assert parquet_versions(place(stock)) == ["b001"]


def test_a_mart_that_is_gone_is_not_in_the_next_version(stock: Shelf) -> None:
    write(stock)
    del stock.marts["months"]
    assert write(stock).dropped == ("months",)
    assert not (place(stock) / "latest/months").exists()


def test_old_versions_go(stock: Shelf) -> None:
    for number in range(5):
        stock.put("customers", f"select 'ann' as customer_id, {number} as orders")
        write(stock, keep=2)
    assert parquet_versions(place(stock)) == ["b005", "b004", "b003"]
    assert read(stock, "orders") == [(0, "ann"), (1, "ann"), (2, "ann")]


def test_what_a_killed_build_left_goes_though_nothing_changed(stock: Shelf) -> None:
    for number in range(4):
        stock.put("customers", f"select 'ann' as customer_id, {number} as orders")
        write(stock, keep=9)
    (place(stock) / f"latest-{os.getpid()}.building").symlink_to("b001")
    (place(stock) / f"b009-{os.getpid()}.building").mkdir()
    assert write(stock, keep=1).how is How.CURRENT
    assert sorted(p.name for p in place(stock).iterdir()) == ["b003", "b004", "latest"]


def test_latest_can_be_put_back(stock: Shelf) -> None:
    write(stock)
    stock.put("customers", "select 'bob' as customer_id, 1 as orders")
    write(stock)
    point_latest(place(stock), "b001")
    assert read(stock, "customers") == [("ann", 2)]
    with pytest.raises(CommandError, match="no Parquet version 'b009'"):
        point_latest(place(stock), "b009")
    assert write(stock).how is How.INCREMENTAL  # latest is not what the marts are


def test_the_same_build_twice_gets_a_folder_of_its_own(stock: Shelf) -> None:
    write(stock)
    stock.builds -= 1
    stock.put("customers", "select 'bob' as customer_id, 1 as orders")
    write(stock)
    assert parquet_versions(place(stock)) == ["b001-2", "b001"]
    assert read(stock, "customers", "b001") == [("ann", 2)]


def test_a_copy_that_followed_the_links_is_named(stock: Shelf) -> None:
    write(stock)
    latest = place(stock) / "latest"
    version = latest.resolve()
    latest.unlink()
    shutil.copytree(version, latest)
    assert write(stock).how is How.CURRENT
    stock.put("customers", "select 'bob' as customer_id, 1 as orders")
    with pytest.raises(EngineError, match="`latest` is not a link to a version") as caught:
        write(stock)
    assert str(latest) in str(caught.value)
    assert "remove it" in str(caught.value)
    assert sorted(p.name for p in place(stock).iterdir()) == ["b001", "latest"]
    assert read(stock, "customers") == [("ann", 2)]
    shutil.rmtree(latest)
    assert write(stock).is_published
    assert read(stock, "customers") == [("bob", 1)]


def test_marts_can_come_from_the_published_file(published: Shelf) -> None:
    with Engine(str(published.path), read_only=True) as engine:
        marts = list(published.marts.values())
        publish_parquet(engine, marts, published.info(), place(published))
    assert read(published, "customers") == [("ann", 2)]


def test_a_type_that_parquet_would_round_is_refused(stock: Shelf) -> None:
    stock.put("months", "select cast(1 as hugeint) as total")
    with pytest.raises(EngineError, match="column total of mart months is hugeint"):
        write(stock)


@pytest.mark.parametrize(
    "step",
    [
        (os, "replace"),
        (os, "fsync"),
        (parquet, "_copy"),
        (parquet, "link_or_copy"),
        (disk, "flush"),
    ],
)
def test_a_failure_leaves_latest(
    stock: Shelf, monkeypatch: pytest.MonkeyPatch, step: tuple[object, str]
) -> None:
    write(stock)
    stock.put("customers", "select 'bob' as customer_id, 1 as orders")
    with monkeypatch.context() as patch:
        patch.setattr(*step, full_disk)
        if step == (disk, "flush"):
            patch.setattr(parquet, "flush", full_disk)
        with pytest.raises(EngineError, match="Parquet not published: No space left"):
            write(stock)
    assert read(stock, "customers") == [("ann", 2)]
    assert not list(place(stock).glob("*.building*"))
    assert write(stock).is_published
    assert read(stock, "customers") == [("bob", 1)]


READER = """
import os, sys, time, duckdb
latest, stop = sys.argv[1:]
reads = bad = 0
print("ready", flush=True)
while not os.path.exists(stop):
    version = os.path.realpath(latest)
    try:
        rows = [duckdb.execute(f"select orders from '{version}/{m}/{m}.parquet'").fetchall() for m in ("a", "b")]
        bad += rows[0] != rows[1]
        duckdb.execute(f"select orders from '{latest}/a/a.parquet'").fetchall()
    except Exception as error:
        bad += 1
        print(error, file=sys.stderr)
    reads += 1
    time.sleep(0.002)  # long enough to leave the writer its turn, short beside a publication
print(reads, bad)
"""


def test_latest_is_always_there_for_a_reader(stock: Shelf, tmp_path: Path) -> None:
    def turn(number: int) -> None:
        for name in ("a", "b"):
            stock.put(name, f"select {number} as orders")
        write(stock, keep=5)

    turn(0)
    stop = tmp_path / "stop"
    command = [sys.executable, "-c", READER, str(place(stock) / "latest"), str(stop)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout
        assert reader.stdout.readline() == "ready\n"
        for number in range(1, 20):
            turn(number)
        stop.touch()
        reads, bad = map(int, reader.stdout.read().split())
    assert reads > 5
    assert bad == 0
