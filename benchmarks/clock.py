"""Wall and CPU seconds of commands, and limits that print pass or FAIL."""

from __future__ import annotations

import os
import resource
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Cost:
    """Wall and CPU seconds of one command, its children included."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Limit:
    """A figure and what it must not exceed."""

    name: str
    figure: float
    at_most: float


def cost_of(command: Sequence[str], cwd: Path, environ: Mapping[str, str] | None = None) -> Cost:
    """Run one command to its end; SystemExit with its output when it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(environ or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return Cost(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def tell(title: str, costs: Mapping[str, Cost], limits: Sequence[Limit]) -> int:
    """Print the costs and the limits; 1 when a limit is not kept."""
    print(f"\n{title}\n{'':34}{'wall s':>9}{'CPU s':>9}")
    for name, cost in costs.items():
        print(f"{name:34}{cost.wall:9.2f}{cost.cpu:9.2f}")
    for limit in limits:
        word = "pass" if limit.figure <= limit.at_most else "FAIL"
        print(f"{word}  {limit.name}: {limit.figure:.2f} (limit {limit.at_most:g})")
    return int(any(limit.figure > limit.at_most for limit in limits))
