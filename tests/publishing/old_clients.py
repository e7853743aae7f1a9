"""Do DuckDB clients of years past read what we publish? Not a pytest file: it installs clients.

`python -m tests.publishing.old_clients [FILE]`: without a file it publishes one of its own, fresh
and once more incrementally. Exit code 1 when a client cannot read everything.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

CLIENTS = ("1.1.3", "1.2.2", "1.3.2", "1.4.5", "1.5.6")
READ = """
import sys, duckdb
con = duckdb.connect(sys.argv[1], read_only=True)
names = [n for (n,) in con.execute("select table_name from duckdb_tables() order by 1").fetchall()]
total = 0
for name in names:
    total += con.execute(f'select count(*), count(columns(*)) from marts."{name}"').fetchall()[0][0]
described = con.execute("select count(*), count(comment) from duckdb_columns() where not internal").fetchall()[0]
build = con.execute("select build_id from marts.build_info").fetchall()[0][0]
print(f"{len(names)} tables, {total} rows, {described[1]} of {described[0]} columns described, build {build}")
"""


def sample(folder: Path) -> Path:
    """A file with every type that marts use, published twice."""
    from tests.publishing.shelf import shelf

    with shelf(folder) as stock:
        stock.put(
            "types",
            "select range as a, cast(range as integer) as b, cast(range % 100 as tinyint) as c,"
            " cast(range as decimal(18, 4)) as d, range / 3 as e, range % 2 = 0 as f,"
            " date '2024-01-01' + cast(range % 999 as integer) as g,"
            " timestamp '2024-01-01' + interval (range) second as h, 'text ' || range as i,"
            " cast(null as varchar) as j, 'same' as k from range(300000)",
        )
        stock.publish()
        for number in range(5):
            stock.put("months", f"select {number} as month, 'x' as t from range(200000)")
            stock.publish()
    return stock.path


def python_with(version: str, folder: Path) -> Path:
    """An interpreter with this DuckDB."""
    home = folder / f"duckdb-{version}"
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
    python = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", f"duckdb=={version}"], check=True)
    return python


def main() -> int:
    """Print one line per client; gives the exit code."""
    failed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = Path(sys.argv[1]) if len(sys.argv) > 1 else sample(folder / "warehouse")
        for version in CLIENTS:
            command = [str(python_with(version, folder)), "-c", READ, str(path)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            said = done.stdout.strip() or done.stderr.strip().splitlines()[-1]
            print(
                f"duckdb {version}: {'ok  ' if done.returncode == 0 else 'FAIL'} {said}", flush=True
            )
            failed += done.returncode != 0
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
