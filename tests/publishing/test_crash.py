"""Kill -9 at random points of a publication while others read: nothing bad, ever.

Each round starts a process that publishes generation after generation; it is killed after a random
time. Readers open the published file and the kept versions all along and check that every table is
of one generation. After each kill the file must be there and whole, and in the end one more
publication must succeed and leave nothing behind.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from retention_pipeline.publishing.parquet import parquet_versions
from tests.conftest import CHECKOUT, environment

KILLS = 220
MARTS = 6

WRITER = """
import sys
from pathlib import Path
from retention_pipeline.publishing.history import rollback
from retention_pipeline.publishing.parquet import publish_parquet
from tests.publishing.shelf import shelf
folder, start, rounds = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
with shelf(folder) as stock:
    stock.marts.clear()
    print("ready", flush=True)
    for generation in range(start, start + rounds):
        for number in range({marts}):
            # m0 changes every time; the others now and then: incremental copies of all kinds
            of = generation if number == 0 else generation // (number + 1)
            rows = 1000 + (of % 7) * 3000
            sql = f"select {{of}} as g, range as id, hash(range) as h from range({{rows}})"
            stock.put(f"m{{number}}", sql, f"v{{of}}")
        pairs = [(n, generation if n == 0 else generation // (n + 1)) for n in range({marts})]
        sql = f"select * from (values {{', '.join(map(str, pairs))}}) as e(m, g)"
        stock.put("expected", sql, f"e{{generation}}")
        stock.publish(f"g{{generation}}", fresh=generation % 11 == 0)
        marts, info = list(stock.marts.values()), stock.info(f"g{{generation}}")
        publish_parquet(stock.engine, marts, info, folder / "parquet", 4)
        if generation % 13 == 0:
            rollback(stock.path)
        print(generation, flush=True)
"""

READER = """
import duckdb, os, random, sys
folder, stop = sys.argv[1:]
live = os.path.join(folder, "retention.duckdb")
reads = bad = 0
last = ""
while not os.path.exists(stop):
    try:
        with duckdb.connect(live, read_only=True) as con:
            (build,) = con.execute("select build_id from marts.build_info").fetchone()
            found = con.execute("from marts.expected order by m").fetchall()
            for m, g in found:
                real = con.execute(f"select min(g), max(g), count(*), sum(h)  from marts.m{m}").fetchone()
                rows = 1000 + (g % 7) * 3000
                assert real[:3] == (g, g, rows), (m, g, real)
            assert found[0][1] == int(build[1:]), (found, build)
            assert len(found) == MARTS
    except Exception as error:
        bad += 1
        print(type(error).__name__, error, file=sys.stderr, flush=True)
    try:
        version = os.path.realpath(os.path.join(folder, "parquet", "latest"))
        (g,) = duckdb.execute(f"select g from '{version}/expected/expected.parquet' where m = 0").fetchone()
        assert (g, g) == duckdb.execute(f"select min(g), max(g) from '{version}/m0/m0.parquet'").fetchone()
        assert version.endswith(f"g{g}") or f"g{g}-" in version, (version, g)
    except Exception as error:
        bad += 1
        print("parquet", type(error).__name__, error, file=sys.stderr, flush=True)
    reads += 1
print(reads, bad)
"""


def writer(folder: Path, start: int, rounds: int) -> subprocess.Popen[str]:
    code = WRITER.format(marts=MARTS)
    return subprocess.Popen(
        [sys.executable, "-c", code, str(folder), str(start), str(rounds)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=CHECKOUT,
        env=environment(),
    )


def finish(process: subprocess.Popen[str]) -> list[int]:
    """Let a writer end; its generations."""
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return [int(line) for line in out.split() if line.isdigit()]


def live_generation(folder: Path) -> int:
    with duckdb.connect(str(folder / "retention.duckdb"), read_only=True) as con:
        (build,) = con.execute("select build_id from marts.build_info").fetchall()[0]
    return int(build[1:])


def _kill_writers(folder: Path) -> tuple[int, set[int]]:
    """The last generation that may exist, and the generations that were live after a kill."""
    rng = random.Random(7)
    generation, seen = 3, set()
    for _ in range(KILLS):
        process = writer(folder, generation, 1000)
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        time.sleep(rng.uniform(0.0, 0.7))
        process.kill()
        out, err = process.communicate()
        assert process.returncode == -9, err
        generation = max([generation, *(int(line) + 1 for line in out.split())]) + 1
        live = live_generation(folder)
        assert live < generation
        seen.add(live)
    return generation, seen


@pytest.mark.slow
def test_kills_at_random_points(tmp_path: Path) -> None:
    folder, stop = tmp_path / "warehouse", tmp_path / "stop"
    assert finish(writer(folder, 1, 2)) == [1, 2]
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READER.replace("MARTS", str(MARTS)), str(folder), str(stop)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    try:
        generation, seen = _kill_writers(folder)
    finally:
        stop.touch()
    totals = []
    for reader in readers:
        out, err = reader.communicate(timeout=60)
        reads, bad = map(int, out.split())
        assert bad == 0, err[-2000:]
        totals.append(reads)
    assert finish(writer(folder, generation + 1, 12))
    assert not list(folder.rglob("*.building*"))
    assert len(list((folder / "versions").iterdir())) <= 4
    assert len(parquet_versions(folder / "parquet")) <= 5
    print(f"{KILLS} kills, {sum(totals)} reads, {len(seen)} generations seen after a kill")
    assert len(seen) > KILLS / 10
