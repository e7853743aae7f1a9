"""Builds on a disk that is full or may not be written: readers keep what they have, byte for byte.

The small disk is a tmpfs, which only root may mount; the limit on file sizes works for everybody.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from tests.conftest import Outcome, Shop, environment, write_project
from tests.publishing.shelf import can_mount, small_disk

needs_mount = pytest.mark.skipif(not can_mount(), reason="needs root and mount")
CHANGE = ("seeds/raw_orders.csv", "o4,,", "o4,cid,")
KILOBYTE = 1024
HUGE = "select range as id, hash(range) as h, hash(range, 7) as g from range({})"
SAYS_SO = ("is as it was", "as it was\n")


def build(root: Path, limit: int | None = None) -> Outcome:
    """A build in a process of its own, which may write no file beyond `limit` bytes."""

    def small() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    done = subprocess.run(
        [sys.executable, "-m", "retention_pipeline", "build"],
        cwd=root,
        env=environment(PYTHONDONTWRITEBYTECODE="1"),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        preexec_fn=small,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def check_refused(done: Outcome, codes: tuple[int, ...] = (1,)) -> None:
    """It failed, as a fault of the disk and no bug of ours, and the last line is about readers."""
    assert done.code in codes, done.text
    assert "RP900" not in done.text
    last = (done.out + done.err).splitlines()[-1]
    assert "as it was" in last or "not published" in last, done.text


def customers(shop: Shop) -> list[tuple[int, ...]]:
    return shop.query("select count(*) from marts.customer_orders", published=True)


def test_a_mart_beyond_the_limit(built: Shop) -> None:
    before = built.published.read_bytes()
    built.model("huge", HUGE.format(2_000_000))
    built.edit(*CHANGE)
    done = build(built.root, limit=8 * KILOBYTE * KILOBYTE)
    check_refused(done)
    assert "File too large" in done.out
    assert built.published.read_bytes() == before
    assert not list(built.root.rglob("*.building*"))
    assert build(built.root).code == 0
    assert customers(built) == [(3,)]


@pytest.mark.slow
def test_a_limit_at_every_size(built: Shop) -> None:
    """From no byte at all to enough: it fails at other places, and never to the readers' harm."""
    before = built.published.read_bytes()
    built.edit(*CHANGE)
    built.model("more", HUGE.format(20_000))
    codes = []
    for kilobytes in (0, 1, 8, 64, 256, 512, 768, 1024, 1500, 2048, 3000, 4096, 6000, 9000):
        done = build(built.root, limit=kilobytes * KILOBYTE)
        codes.append(done.code)
        if done.code == 0:
            break
        check_refused(done, (1, 2))
        assert built.published.read_bytes() == before, kilobytes
    assert codes[-1] == 0
    assert len(codes) > 5
    assert customers(built) == [(3,)]


@contextmanager
def shop_on(folder: Path, megabytes: int) -> Iterator[Shop]:
    """The mini project, built, with its warehouse on a small disk."""
    write_project(folder / "shop")
    with small_disk(folder / "shop/warehouse", megabytes):
        shop = Shop(folder / "shop", lambda *_: Outcome(3, "", ""))
        assert build(shop.root).code == 0
        yield shop


@needs_mount
@pytest.mark.slow
def test_a_disk_that_a_mart_fills(tmp_path: Path) -> None:
    with shop_on(tmp_path, 24) as shop:
        before = shop.published.read_bytes()
        shop.model("huge", HUGE.format(5_000_000))
        shop.edit(*CHANGE)
        done = build(shop.root)
        check_refused(done)
        assert "No space left on device" in done.out
        assert shop.published.read_bytes() == before
        shop.model("huge", HUGE.format(5))
        done = build(shop.root)
        assert done.code == 0, done.text
        assert customers(shop) == [(3,)]


@needs_mount
@pytest.mark.slow
def test_a_disk_with_so_much_left(tmp_path: Path) -> None:
    """Ballast leaves less and less room, so that the build fails at one place after the other."""
    failed = 0
    with shop_on(tmp_path, 24) as shop:
        count = 3
        ballast = shop.root / "warehouse/ballast"
        for free in (0, 4, 16, 64, 128, 256, 300, 512, 700, 900, 1100, 1400, 2000, 3000, 5000):
            before, old = shop.published.read_bytes(), customers(shop)
            with (shop.root / "seeds/raw_orders.csv").open("a") as seed:
                seed.write(f"n{free},who{free},2024-03-02 00:00:00,1.00,DE\n")
            status = os.statvfs(shop.root / "warehouse")
            room = status.f_bavail * status.f_frsize
            ballast.write_bytes(b"x" * max(room - free * KILOBYTE, 0))
            done = build(shop.root)
            if done.code == 0:
                assert customers(shop) == [(count,)]
            else:
                failed += 1
                check_refused(done, (1, 2))
                assert shop.published.read_bytes() == before
                assert customers(shop) == old
            ballast.unlink()
            done = build(shop.root)
            assert done.code == 0, (free, done.text)
            assert customers(shop) == [(count,)]
            assert not list(shop.root.rglob("*.building*"))
            count += 1
    assert failed > 5


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Nobody may write below `folder`; root needs a mount for that."""
    if os.geteuid() != 0:
        folder.chmod(0o555)
        try:
            yield
        finally:
            folder.chmod(0o755)
        return
    if not can_mount():
        pytest.skip("root may write everywhere, and mounting is not allowed")
    subprocess.run(["mount", "--bind", str(folder), str(folder)], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", str(folder)], check=True)
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_warehouse_that_may_not_be_written(built: Shop) -> None:
    before = built.published.read_bytes()
    built.edit(*CHANGE)
    with read_only(built.root / "warehouse"):
        done = build(built.root)
        check_refused(done, (2,))
        assert "RP401 cannot open or write the working database" in done.err
        with duckdb.connect(str(built.published), read_only=True) as reader:
            rows = reader.execute("select count(*) from marts.customer_orders").fetchall()
        assert rows == [(2,)]
    assert built.published.read_bytes() == before
    assert build(built.root).code == 0
    assert customers(built) == [(3,)]


def test_a_place_for_readers_that_may_not_be_written(built: Shop) -> None:
    vars_ = "  inputs_path: null"
    built.edit("dbt_project.yml", vars_, f"  published_path: out/shop.duckdb\n{vars_}")
    assert built.run("build").code == 0
    file = built.root / "out/shop.duckdb"
    before = file.read_bytes()
    built.edit(*CHANGE)
    with read_only(file.parent):
        done = built.run("build")
        check_refused(done)
        assert "not published: Read-only file system" in done.out or "Permission" in done.out
    assert file.read_bytes() == before
    assert built.run("build").code == 0
    assert file.read_bytes() != before


def test_a_target_folder_that_may_not_be_written(built: Shop) -> None:
    """What is only for people and `retry` does not undo a publication; it is told and is code 1."""
    built.edit(*CHANGE)
    with read_only(built.root / "target"):
        done = built.run("build")
    assert done.code == 1
    assert "RP401 cannot write" in done.out
    assert done.out.splitlines()[-1].startswith("published 2 marts (1 changed)")
    assert customers(built) == [(3,)]
    assert built.run("build").code == 0
