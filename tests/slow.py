"""The slow tests in parts, each with a limit: `make test-slow`, or `python -m tests.slow [PART ...]`.

`--list` names the parts, `--minutes N` begins no further part after N minutes. A part that needs a
program which is not there says so. At the end: what failed, what was not run, CPU and wall minutes.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
PROPERTIES = sorted(p.stem for p in (CHECKOUT / "tests/properties").glob("test_*.py"))


@dataclass(frozen=True)
class Part:
    """Some files: `minutes` is the limit, about four times what it takes on two quiet cores."""

    paths: tuple[str, ...]
    minutes: int
    needs: str = ""  # an environment variable without which its tests skip


PARTS = {
    "golden": Part(("tests/golden", "tests/unit"), 5),
    "commands": Part(("tests/cli",), 15),
    "engine": Part(("tests/engine",), 20),
    "inputs": Part(("tests/inputs",), 40),
    "report": Part(("tests/report", "tests/browser"), 15),
    "truth": Part(("tests/truth",), 30),
    "disks": Part(("tests/publishing/test_build_disk.py",), 15),
    "crash": Part(("tests/publishing/test_crash.py",), 30),
    "build_crash": Part(("tests/publishing/test_build_crash.py",), 60),
    "dbt": Part(("tests/dbt",), 40, "RETENTION_DBT"),
    "spark": Part(("tests/spark",), 40, "RETENTION_SPARK_HOME"),
    **{
        f"random_{stem.removeprefix('test_')}": Part((f"tests/properties/{stem}.py",), 60)
        for stem in PROPERTIES
    },
}


@dataclass(frozen=True)
class Outcome:
    """How one part ended."""

    name: str
    ended: str
    cpu: float
    wall: float

    def __str__(self) -> str:
        return f"{self.name:<32} {self.ended:<10} {self.cpu:6.1f} {self.wall:6.1f}"


def run(name: str, part: Part) -> Outcome:
    """Run one part in a process of its own."""
    before, began = _cpu(), time.monotonic()
    argv = [sys.executable, "-m", "pytest", "-m", "slow", "-rs", *part.paths]
    try:
        code = subprocess.run(argv, cwd=CHECKOUT, timeout=part.minutes * 60, check=False).returncode
        ended = {0: "passed", 5: "no tests"}.get(code, "FAILED")
    except subprocess.TimeoutExpired:
        ended = "TOO LONG"
    return Outcome(name, ended, (_cpu() - before) / 60, (time.monotonic() - began) / 60)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run_all(names: Sequence[str], minutes: float) -> Iterator[Outcome]:
    """One part after the other, while there is time."""
    end = time.monotonic() + 60 * minutes
    for name in names:
        part = PARTS[name]
        if time.monotonic() > end:
            yield Outcome(name, "not run", 0, 0)
            continue
        missing = part.needs and not os.environ.get(part.needs)
        print(f"\n== {name}{f': {part.needs} names none' if missing else ''}", flush=True)
        yield run(name, part)


def main() -> int:
    """Print each part's end, and all of them at the end; 1 when one failed or took too long."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--minutes", type=float, default=10_000)
    given = parser.parse_args()
    if unknown := set(given.parts) - PARTS.keys():
        parser.error(f"no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    if given.list:
        print("\n".join(f"{name:<32} {' '.join(part.paths)}" for name, part in PARTS.items()))
        return 0
    ended = []
    for outcome in run_all(given.parts or list(PARTS), given.minutes):
        print(outcome, flush=True)
        ended.append(outcome)
    print(f"\n{'part':<32} {'ended':<10} {'CPU':>6} {'wall':>6}  (minutes)", *ended, sep="\n")
    return int(any(one.ended in ("FAILED", "TOO LONG") for one in ended))


if __name__ == "__main__":
    sys.exit(main())
