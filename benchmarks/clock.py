"""What commands cost: wall and CPU seconds and memory, children included."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SALT = "salt of the benchmarks"
SETTLE = 2.5  # files younger than two seconds are never vouched for


@dataclass(frozen=True)
class Cost:
    """Seconds, and the largest resident memory; `output` is what the command printed."""

    wall: float
    cpu: float
    megabytes: float = 0.0
    output: str = ""


def cost_of(
    command: Sequence[str],
    cwd: Path,
    environ: Mapping[str, str] | None = None,
    accept: Sequence[int] = (0,),
) -> Cost:
    """Run one command to its end; SystemExit with its output when it fails."""
    values = {**os.environ, "PYTHONPATH": str(ROOT), "DBT_ENV_SECRET_RETENTION_SALT": SALT}
    # As a program that has been installed: what Python compiles is compiled once.
    values.pop("PYTHONDONTWRITEBYTECODE", None)
    if "RETENTION_WAREHOUSE" not in (environ or {}):
        values.pop("RETENTION_WAREHOUSE", None)
    with tempfile.TemporaryFile("w+") as said:
        began = time.perf_counter()
        child = subprocess.Popen(
            command, cwd=cwd, env={**values, **(environ or {})}, stdout=said, stderr=said, text=True
        )
        try:
            _, status, used = os.wait4(child.pid, 0)
        except BaseException:
            child.kill()
            child.wait()
            raise
        wall = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        output = said.read()
    if child.returncode not in accept:
        raise SystemExit(f"{' '.join(command)} failed ({child.returncode}):\n{output}")
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, output)


def median(costs: Sequence[Cost]) -> Cost:
    """The median of each measure; the output of the last."""
    return Cost(
        statistics.median(c.wall for c in costs),
        statistics.median(c.cpu for c in costs),
        statistics.median(c.megabytes for c in costs),
        costs[-1].output,
    )


def in_turn(
    works: Mapping[str, Callable[[], Cost]],
    times: int,
    before: Callable[[], object] = lambda: None,
) -> dict[str, Cost]:
    """Medians of works done one after the other, so that all see the same machine."""
    found: dict[str, list[Cost]] = {name: [] for name in works}
    for _ in range(times):
        before()
        for name, work in works.items():
            found[name].append(work())
    return {name: median(costs) for name, costs in found.items()}


def pipeline(*words: str) -> list[str]:
    """The installed command where there is one: that is what a shell runs."""
    installed = Path(sys.executable).with_name("pipeline")
    program = (
        [str(installed)] if installed.exists() else [sys.executable, "-m", "retention_pipeline"]
    )
    return [*program, *words]


def bare(
    database: Path,
    statements: Sequence[Sequence[str]],
    settings: Mapping[str, object] | None = None,
) -> tuple[Cost, dict[str, Cost]]:
    """A script of statements (name, kind, SQL) in a process of its own; also the cost of each.

    It begins with no database: what another part left there is removed.
    """
    database.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        job = Path(folder) / "job.json"
        parts = {"database": str(database), "statements": statements, "settings": settings or {}}
        job.write_text(json.dumps(parts), encoding="utf-8")
        cost = cost_of([sys.executable, "-m", "benchmarks.bare", str(job)], ROOT)
    found = map(json.loads, cost.output.splitlines())
    return cost, {f"{kind} {name}": Cost(wall, cpu) for name, kind, cpu, wall in found}
