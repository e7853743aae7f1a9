"""The same compiled SQL without the runner: what a bare DuckDB script needs for it.

`python -m benchmarks.bare JOB.json`: {database, statements: [[name, kind, sql]], settings: {...}, clocked}.
Every statement is a transaction of its own, as a script has it. With `clocked` it prints one JSON
line: each statement with its CPU and wall seconds, and the largest memory of the process.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import duckdb


def main() -> None:
    """Run every statement of the job."""
    job = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    found = []
    with duckdb.connect(job["database"], config=job.get("settings") or {}) as connection:
        connection.execute("set TimeZone = 'UTC'; set enable_progress_bar = false")
        for name, kind, statement in job["statements"]:
            cpu, wall = _cpu(), time.perf_counter()
            connection.execute(statement).fetchall()
            found.append((name, kind, _cpu() - cpu, time.perf_counter() - wall))
    if job.get("clocked"):
        print(json.dumps({"statements": found, "megabytes": peak_megabytes()}))


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def peak_megabytes() -> float:
    """The largest resident size of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
