"""Kill -9 whole builds, at random moments and at every point of a list, while others read.

`pytest -m slow -s tests/publishing/test_build_crash.py` prints how many kills and reads there were.
Between two builds inputs, SQL and the names of marts change, and some generations are bad: a test
fails. Whatever happens, readers get one whole good generation; the next build ends well by itself,
publishes exactly what the files say, equals a build from scratch, and leaves nothing behind.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.conftest import CHECKOUT, environment, pipeline
from tests.publishing.crash_reader import parquet, published
from tests.publishing.crash_shop import Content, CrashShop

# Fewer for a quick look: so many random kills, and only every n-th point.
KILLS = int(os.environ.get("RETENTION_KILLS", "220"))
EVERY = int(os.environ.get("RETENTION_KILL_EVERY", "1"))
READERS = 2
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL"),
]


class Driver:
    """Starts builds of one project and kills them."""

    def __init__(self, shop: CrashShop, log: Path) -> None:
        self.shop, self.log = shop, log
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.publishing.crash_driver"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=CHECKOUT,
            env=environment(),
        )
        assert self._answer() == "ready"

    def _answer(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def start(self, at: int | None = None) -> int:
        """Begin a build; gives its process id."""
        job = {"argv": ["build"], "cwd": str(self.shop.root), "log": str(self.log), "at": at}
        assert self.process.stdin
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        return int(self._answer())

    def end(self) -> int:
        """The exit code of the build that was started."""
        return int(self._answer())

    def build(self, at: int | None = None) -> int:
        self.start(at)
        return self.end()

    @property
    def text(self) -> str:
        return self.log.read_text()

    def close(self) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        self.process.wait(timeout=30)
        self.process.stdout.close()


@contextmanager
def driving(folder: Path) -> Iterator[Driver]:
    driver = Driver(CrashShop(folder / "shop"), folder / "log.txt")
    try:
        assert driver.build() == 0, driver.text
        yield driver
    finally:
        driver.close()


@contextmanager
def reading(warehouse: Path, stop: Path) -> Iterator[list[int]]:
    """Readers at work; afterwards the list holds how often each has read."""
    readers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.publishing.crash_reader", str(warehouse), str(stop)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=CHECKOUT,
            env=environment(),
        )
        for _ in range(READERS)
    ]
    totals: list[int] = []
    try:
        yield totals
    finally:
        stop.touch()
        said = [reader.communicate(timeout=60) for reader in readers]
    for out, err in said:
        reads, bad = map(int, out.split())
        assert bad == 0, err[-3000:]
        totals.append(reads)


def check_clean(root: Path) -> None:
    """Nothing is left of builds that died."""
    warehouse = root / "warehouse"
    names = {path.name for path in warehouse.iterdir()}
    assert names == {
        ".build.lock", "build.duckdb", "published.json", "retention.duckdb", "versions", "parquet",
    }, names  # fmt: skip
    left = [p for p in root.rglob("*") if ".building" in p.name or p.suffix in (".wal", ".tmp")]
    assert not left, left
    parts = [p for p in root.rglob(".*") if p.suffix[1:].isdigit()]
    assert not parts, parts
    assert len(list((warehouse / "versions").iterdir())) <= 4
    assert len(list((warehouse / "parquet").iterdir())) <= 8  # live, six kept, `latest`


def tables(database: Path) -> dict[str, list[Any]]:
    """Every row of every table and view that a project made."""
    with duckdb.connect(str(database), read_only=True) as con:
        names = con.execute(
            "select schema_name || '.' || table_name from duckdb_tables() union all"
            " select schema_name || '.' || view_name from duckdb_views() where not internal"
        ).fetchall()
        ours = sorted(n for (n,) in names if not n.startswith("pipeline_state."))
        return {n: con.execute(f"select * from {n} order by all").fetchall() for n in ours}


def check_as_from_scratch(shop: CrashShop, folder: Path) -> None:
    """The working tables and the published marts are those of a build that knows no past."""
    root = shop.copy(folder)
    done = pipeline("build", "-q", cwd=root)
    assert done.returncode == 0, done.stdout + done.stderr
    assert tables(shop.root / "warehouse/build.duckdb") == tables(root / "warehouse/build.duckdb")
    assert published(shop.root / "warehouse") == published(root / "warehouse") == shop.content


def check_next_build(driver: Driver, last: Content) -> Content:
    """Build to the end, without any help; gives what is published now."""
    content, warehouse = driver.shop.content, driver.shop.root / "warehouse"
    code = driver.build()
    if content.bad is not None:
        assert code == 1, driver.text
        assert f"m{content.bad}" in driver.text
        assert driver.text.splitlines()[-1].endswith("retention.duckdb is as it was")
        assert published(warehouse) == last
        return last
    assert code == 0, driver.text
    assert published(warehouse) == parquet(warehouse) == content
    check_clean(driver.shop.root)
    return content


def test_kills_at_random_moments(tmp_path: Path) -> None:
    rng = random.Random(20240601)
    with driving(tmp_path) as driver:
        shop, warehouse = driver.shop, driver.shop.root / "warehouse"
        live, longest = shop.content, 0.5
        kills = builds = changed = scratch = 0
        with reading(warehouse, tmp_path / "stop") as totals:
            while kills < KILLS:
                shop.put(shop.content.edited(rng))
                pid = driver.start()
                time.sleep(rng.uniform(0, longest))
                with suppress(ProcessLookupError):  # it was quicker
                    os.kill(pid, signal.SIGKILL)
                if driver.end() == -9:
                    kills += 1
                found = published(warehouse)
                assert found in (live, shop.content), (live, shop.content, found)
                changed += found != live
                live = found
                if rng.random() < 0.6:
                    began = time.monotonic()
                    live = check_next_build(driver, live)
                    longest = 0.8 * longest + 0.2 * 1.1 * (time.monotonic() - began)
                    builds += 1
                    if shop.content.bad is None and kills // 25 > scratch:
                        scratch = kills // 25
                        check_as_from_scratch(shop, tmp_path / f"scratch{scratch}")
            shop.put(shop.content.next())
            live = check_next_build(driver, live)
            check_as_from_scratch(shop, tmp_path / "scratch")
    print(
        f"\n{kills} kills at random moments of {longest:.2f} s ({changed} of them after the rename),"
        f" {builds + 1} following builds all well, {scratch + 1} equal to a build from scratch,"
        f" {sum(totals)} reads of {READERS} readers, 0 bad"
    )
    assert kills >= KILLS
    assert changed > 0 or KILLS < 100  # seldom: a rename is quick


def test_a_kill_at_every_commit_and_file_operation(tmp_path: Path) -> None:
    with driving(tmp_path) as driver:
        shop, warehouse = driver.shop, driver.shop.root / "warehouse"
        live = shop.content
        shop.put(live.next())
        assert driver.build(at=0) == 0, driver.text
        points: list[str] = json.loads(driver.text.splitlines()[-1])
        live, kills, changed = shop.content, 0, 0
        with reading(warehouse, tmp_path / "stop") as totals:
            for number, name in list(enumerate(points, 1))[::EVERY]:
                shop.put(shop.content.next())
                killed = driver.build(at=number) == -9  # threads: a point more or less
                kills += killed
                found = published(warehouse)
                assert found in (live, shop.content), (name, found)
                changed += killed and found != live
                live = check_next_build(driver, found)
            check_as_from_scratch(shop, tmp_path / "scratch")
    kinds = {kind: sum(name == kind for name in points) for kind in sorted(set(points))}
    print(
        f"\n{kills} kills at as many of {len(points)} points ({changed} after the rename), each followed by a"
        f" build that ended well; {sum(totals)} reads, 0 bad; {kinds}"
    )
    assert kills > 0.9 * len(points) / EVERY
    assert {"before commit", "after commit", "before replace", "after replace"} <= kinds.keys()
    assert {"before create", "after create", "before insert", "after insert"} <= kinds.keys()
