"""What a build costs when nothing changed, against just opening the published file.

`python -m benchmarks.no_op [--times 21]` builds the sample in a folder of its own, then runs
`pipeline build` and `python -c "import duckdb; duckdb.connect(FILE, read_only=True)"` in turn and
compares the medians. Exit code 1 when the wall ratio is above the limit.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("models", "macros", "seeds", "tests/data", "dbt_project.yml", "profiles.yml")
LIMIT, TARGET = 3.0, 2.0
SETTLE = 2.5  # seconds until a file's times can be trusted


def project(folder: Path) -> Path:
    """A copy of the project: the measured builds write beside it."""
    for part in PARTS:
        source, target = ROOT / part, folder / part
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    return folder


def program() -> list[str]:
    """The installed command where there is one: that is what a shell runs."""
    installed = Path(sys.executable).with_name("pipeline")
    return [str(installed)] if installed.exists() else [sys.executable, "-m", "retention_pipeline"]


def once(command: list[str], cwd: Path) -> tuple[float, float, str]:
    """Wall and CPU seconds, and what it printed."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    environ.pop("RETENTION_WAREHOUSE", None)
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        command, cwd=cwd, env=environ, capture_output=True, text=True, check=False
    )
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, done.stdout


def compare(root: Path, times: int) -> bool:
    """Print both medians and the ratios; True when the limit is kept."""
    build = [*program(), "build"]
    published = root / "warehouse" / "retention.duckdb"
    time.sleep(SETTLE)
    once(build, root)
    once(build, root)
    opening = f"import duckdb; duckdb.connect({str(published)!r}, read_only=True)"
    ours, bare = [], []
    for _ in range(times):
        wall, cpu, said = once(build, root)
        assert "nothing to publish" in said, said
        ours.append((wall, cpu))
        bare.append(once([sys.executable, "-c", opening], root)[:2])
    rows = {"pipeline build, nothing changed": ours, "import duckdb and connect": bare}
    medians = {
        name: [statistics.median(values) for values in zip(*found, strict=True)]
        for name, found in rows.items()
    }
    for name, (wall, cpu) in medians.items():
        print(f"{name:<34} {wall:6.3f} s wall {cpu:6.3f} s CPU   median of {times}")
    mine, other = medians.values()
    wall_ratio, cpu_ratio = mine[0] / other[0], mine[1] / other[1]
    print(f"ratio {wall_ratio:.2f} wall, {cpu_ratio:.2f} CPU")
    print(f"limit {LIMIT:.0f}x wall: {'pass' if wall_ratio <= LIMIT else 'FAIL'}")
    print(f"target {TARGET:.0f}x wall: {'pass' if wall_ratio <= TARGET else 'missed'}")
    return wall_ratio <= LIMIT


def main() -> None:
    """Measure in a temporary folder, removed at the end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=21)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        is_good = compare(project(Path(folder) / "shop"), options.times)
    raise SystemExit(0 if is_good else 1)


if __name__ == "__main__":
    main()
