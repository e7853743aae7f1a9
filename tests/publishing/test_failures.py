"""Whatever goes wrong before the rename, the published file stays byte for byte as it was."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest

from retention_pipeline.errors import EngineError
from retention_pipeline.publishing import content, database, disk
from retention_pipeline.publishing.values import How
from tests.publishing.shelf import Shelf, can_mount, shelf, small_disk

needs_mount = pytest.mark.skipif(not can_mount(), reason="needs root and mount")


def full_disk(*_: object) -> NoReturn:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def interrupted(*_: object) -> NoReturn:
    raise KeyboardInterrupt


STEPS = [
    (database, "copy_file"),
    (database, "keep"),
    (database, "put_in_place"),
    (content, "write_tables"),
    (content, "describe_tables"),
    (content, "write_meta"),
    (content, "verify"),
    (disk, "flush"),
    (os, "fsync"),
    (os, "replace"),
]


@pytest.mark.parametrize("fresh", [False, True], ids=["incremental", "fresh"])
@pytest.mark.parametrize("step", STEPS, ids=lambda step: step[1])
@pytest.mark.parametrize("fail", [full_disk, interrupted])
def test_a_failing_step_leaves_the_file_as_it_was(
    published: Shelf,
    monkeypatch: pytest.MonkeyPatch,
    step: tuple[object, str],
    fail: object,
    fresh: bool,
) -> None:
    if fresh and step[1] == "copy_file":
        pytest.skip("nothing is copied")
    before, record = published.path.read_bytes(), published.document
    published.put("months", "select 1 as month")
    with monkeypatch.context() as patch:
        patch.setattr(*step, fail)
        with pytest.raises((EngineError, KeyboardInterrupt)) as error:
            published.publish(fresh=fresh)
    if fail is full_disk:
        assert "not published: No space left on device" in str(error.value)
        assert "the published file is as it was" in str(error.value)
    assert published.path.read_bytes() == before
    assert published.document == record
    assert not list(published.folder.rglob("*.building*"))
    assert published.publish().is_published
    assert published.read("from marts.months") == [(1,)]


def test_a_record_that_cannot_be_written_is_told_as_it_is(
    published: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    published.put("months", "select 1 as month")
    with monkeypatch.context() as patch:
        patch.setattr(database, "write_record", full_disk)
        with pytest.raises(EngineError, match="published, but not described beside it"):
            published.publish()
    assert published.read("from marts.months") == [(1,)]
    done = published.publish()  # the record is of the file before: not believed
    assert done.how is How.FRESH
    assert published.document["versions"] == ["b002", "b001"]


def test_rows_that_went_missing_are_noticed(
    published: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = published.path.read_bytes()
    published.put("orders", "select 1 as order_id")
    write = content.write_tables
    monkeypatch.setattr(
        content, "write_tables", lambda *a: {n: r + 1 for n, r in write(*a).items()}
    )
    with pytest.raises(EngineError, match="orders has 1 rows in the new file instead of 2"):
        published.publish()
    assert published.path.read_bytes() == before


def test_a_mart_that_cannot_be_read_is_named(published: Shelf) -> None:
    before = published.path.read_bytes()
    published.put("orders", "select 1 as order_id")
    published.engine.query("drop table marts.orders")
    with pytest.raises(EngineError, match="orders does not exist"):
        published.publish()
    assert published.path.read_bytes() == before
    assert published.engine.query("select 1") == [(1,)]


@needs_mount
@pytest.mark.parametrize("fresh", [False, True], ids=["incremental", "fresh"])
def test_a_full_disk(tmp_path: Path, fresh: bool) -> None:
    big = "select range as id, hash(range) as h, hash(range, 7) as g from range({})"
    with small_disk(tmp_path / "disk", 8) as folder, shelf(folder) as stock:
        stock.put("big", big.format(20000))
        stock.publish()
        before = stock.path.read_bytes()
        stock.put("big", big.format(2000000))
        with pytest.raises(EngineError, match="No space left on device"):
            stock.publish(fresh=fresh)
        assert stock.path.read_bytes() == before
        assert not list(folder.rglob("*.building*"))
        stock.put("big", big.format(20001))
        assert stock.publish().is_published
        assert stock.read("select count(*) from marts.big") == [(20001,)]


@needs_mount
def test_a_disk_with_no_room_for_the_copy(tmp_path: Path) -> None:
    big = "select range as id, hash(range) as h, hash(range, 7) as g from range(200000)"
    with small_disk(tmp_path / "disk", 16) as folder, shelf(folder) as stock:
        stock.put("big", big)
        stock.publish()
        room = shutil.disk_usage(folder).free - stock.path.stat().st_size // 2
        (folder / "ballast").write_bytes(b"x" * room)
        before = stock.path.read_bytes()
        stock.put("months", "select 1 as month")
        with pytest.raises(EngineError, match="No space left on device"):
            stock.publish()
        assert stock.path.read_bytes() == before


@needs_mount
def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 8) as folder, shelf(folder) as stock:
        stock.publish()
        before = stock.path.read_bytes()
        stock.put("months", "select 1 as month")
        remount = ["mount", "-o", "remount,ro", str(folder)]
        subprocess.run(remount, check=True)
        with pytest.raises(EngineError, match="Read-only file system"):
            stock.publish()
        assert stock.path.read_bytes() == before
        assert stock.read("from marts.customers") == [("ann", 2)]
        subprocess.run([*remount[:2], "remount,rw", str(folder)], check=True)
        assert stock.publish().how is How.INCREMENTAL


def test_a_folder_that_is_a_file(stock: Shelf) -> None:
    stock.folder.rmdir()
    stock.folder.write_text("x")
    with pytest.raises(EngineError, match="not published"):
        stock.publish()
    stock.folder.unlink()
