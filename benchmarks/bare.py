"""The same compiled SQL without the runner: what a bare DuckDB script needs for it.

`python -m benchmarks.bare JOB.json`, the job being {database, statements: [[name, kind, sql]], settings}.
Every statement is a transaction of its own, as in any script. Prints one JSON line
for each statement when it is done: name, kind, CPU and wall seconds.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import duckdb


def main() -> None:
    """Run every statement of the job."""
    job = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    with duckdb.connect(job["database"], config=job["settings"]) as connection:
        connection.execute("set TimeZone = 'UTC'; set enable_progress_bar = false")
        for name, kind, statement in job["statements"]:
            cpu, wall = time.process_time(), time.perf_counter()
            connection.execute(statement).fetchall()
            cost = (time.process_time() - cpu, time.perf_counter() - wall)
            print(json.dumps([name, kind, *cost]), flush=True)


if __name__ == "__main__":
    main()
