"""What the runner itself costs: 300 trivial models, ten layers deep, against a bare script.

`python -m benchmarks.trivial` generates the project (seeded by its size alone), then measures in
one run: a bare Python script that sends the same 300 statements to DuckDB with as many commits,
`pipeline build`, a second build with nothing changed, `pipeline ls`, `pipeline --help`.
Prints one line a limit, pass or FAIL; exit code 1 when one fails.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.clock import Cost, Limit, cost_of, tell

LAYERS, WIDTH = 10, 30
BARE = """\
import sys, duckdb
con = duckdb.connect(sys.argv[1])
con.execute("create schema if not exists main")
for sql in open(sys.argv[2]).read().split(";\\n")[:-1]:
    con.execute(sql)
"""


def model(layer: int, place: int, name: str = "{{{{ ref('{}') }}}}") -> str:
    """The SQL of one model; `name` formats how a parent is called."""
    if layer == 0:
        return f"select i as id, i * {place + 1} as amount from range(1000) as numbers(i)"
    one, other = (name.format(f"m_{layer - 1}_{(place + x) % WIDTH}") for x in (0, 7))
    return f"select a.id, a.amount + b.amount as amount from {one} as a join {other} as b on a.id = b.id"


def generate(root: Path) -> None:
    """Write a dbt project of LAYERS x WIDTH tables."""
    (root / "models").mkdir(parents=True)
    (root / "dbt_project.yml").write_text(
        "name: trivial\nversion: '1.0'\nprofile: trivial\nmodels: {trivial: {+materialized: table}}\n"
    )
    (root / "profiles.yml").write_text(
        "trivial: {target: dev, outputs: {dev: {type: duckdb, path: build.duckdb, threads: 2}}}\n"
    )
    for layer in range(LAYERS):
        for place in range(WIDTH):
            (root / "models" / f"m_{layer}_{place}.sql").write_text(model(layer, place) + "\n")


def bare_statements() -> str:
    """The same statements for a bare script, one commit each (autocommit)."""
    parts = [
        f"create or replace table m_{layer}_{place} as {model(layer, place, '{}')};\n"
        for layer in range(LAYERS)
        for place in range(WIDTH)
    ]
    return "".join(parts)


def runs(root: Path, times: int) -> dict[str, Cost]:
    """Median cost of each command; builds start from nothing."""
    tool = [sys.executable, "-m", "retention_pipeline"]
    statements = root.parent / "bare.sql"
    statements.write_text(bare_statements())
    script = root.parent / "bare.py"
    script.write_text(BARE)
    bare = [sys.executable, str(script), str(root.parent / "bare.duckdb"), str(statements)]
    found: dict[str, list[Cost]] = {}

    def measure(name: str, command: list[str]) -> None:
        found.setdefault(name, []).append(cost_of(command, root))

    time.sleep(2.5)  # files younger than two seconds are never vouched for
    for _ in range(times):
        for old in [*root.glob("*.duckdb*"), root.parent / "bare.duckdb"]:
            old.unlink(missing_ok=True)
        subprocess.run(["rm", "-rf", str(root / ".pipeline"), str(root / "target")], check=True)
        measure("bare script", bare)
        measure("first build", [*tool, "build", "-q"])
        measure("nothing changed", [*tool, "build", "-q"])
        measure("ls", [*tool, "ls"])
        measure("--help", [*tool, "--help"])
    return {
        name: Cost(
            statistics.median(c.wall for c in costs), statistics.median(c.cpu for c in costs)
        )
        for name, costs in found.items()
    }


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "trivial"
        generate(root)
        cost = runs(root, times=3)
    bare = cost["bare script"]
    return tell(
        f"{LAYERS * WIDTH} trivial models",
        cost,
        [
            Limit("first build / bare script, wall", cost["first build"].wall / bare.wall, 1.5),
            Limit("first build / bare script, CPU", cost["first build"].cpu / bare.cpu, 1.5),
            Limit("nothing changed, CPU s", cost["nothing changed"].cpu, 0.25),
            Limit("ls, CPU s", cost["ls"].cpu, 0.3),
            Limit("--help, CPU s", cost["--help"].cpu, 0.15),
        ],
    )


if __name__ == "__main__":
    raise SystemExit(main())
