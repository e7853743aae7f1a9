"""The same compiled SQL without the runner: what a bare DuckDB script needs for it.

Reads one JSON file made by `overhead.py`: statements in order. Prints nothing.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import duckdb


def main() -> None:
    """Run every statement of the file on a fresh database."""
    job = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    with duckdb.connect(job["database"]) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for statement in job["statements"]:
            connection.execute(statement).fetchall()


if __name__ == "__main__":
    main()
