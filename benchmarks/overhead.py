"""What the runner costs over the SQL it runs, in wall and CPU seconds of the same machine and minute.

`python -m benchmarks` prints: sample build, Online Retail build (where the data is there), no selection.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ADAPTED = ("customers", "orders", "order_lines", "products", "refunds")


@dataclass(frozen=True)
class Cost:
    """Median wall and CPU seconds of one command."""

    wall: float
    cpu: float


def shared_data() -> Path | None:
    """The folder with public data, or None: it is never part of this repository."""
    path = Path(os.environ.get("RETENTION_SHARED_DATA", ROOT.parent / "shared" / "data"))
    return path if (path / "online_retail").is_dir() else None


def measure(command: list[str], times: int, fresh: Path, environ: dict[str, str]) -> Cost:
    """Run `command` several times, each on a fresh folder `fresh`; gives medians."""
    walls, cpus = [], []
    for _ in range(times):
        for file in fresh.glob("*"):
            file.unlink()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        began = time.perf_counter()
        done = subprocess.run(
            command,
            env={**os.environ, **environ},
            capture_output=True,
            text=True,
            cwd=ROOT,
            check=False,
        )
        walls.append(time.perf_counter() - began)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpus.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return Cost(statistics.median(walls), statistics.median(cpus))


def statements(variables: dict[str, object], source: str | None) -> list[str]:
    """The compiled project as plain statements: inputs, models in order, then every data test."""
    from retention_pipeline.api import Options, compile_
    from retention_pipeline.nodes import Materialized
    from retention_pipeline.quoting import literal, quote

    compiled = compile_(Options(project_dir=ROOT, vars=variables))
    lines = [
        f"create schema if not exists {quote(r.schema)}"
        for r in dict.fromkeys(compiled.relations.values())
    ]
    for uid, item in compiled.sources.items():
        columns = ", ".join(f"{quote(c.name)} {c.data_type}" for c in item.columns)
        table = compiled.relations[uid]
        lines.append(f"create table if not exists {table} ({columns})")
        seed = compiled.seeds.get(compiled.seed_behind.get(uid, ""))
        path = str(ROOT / seed.path) if seed else source if item.source == "online_retail" else None
        if path:
            casts = ", ".join(
                f"cast({quote(_found(c.name, list(c.meta.get('aliases') or []), path))} as {c.data_type})"
                if _found(c.name, list(c.meta.get("aliases") or []), path)
                else "null"
                for c in item.columns
            )
            lines.append(
                f"insert into {table} select {casts} from read_csv({literal(path)}, all_varchar = true, header = true)"
            )
    for uid, seed in compiled.seeds.items():
        if uid not in compiled.seed_behind.values():
            lines.append(
                f"create table {compiled.relations[uid]} as select * from read_csv({literal(str(ROOT / seed.path))})"
            )
    for uid in compiled.graph.order():
        if uid in compiled.models:
            model = compiled.models[uid]
            word = "view" if model.materialized is Materialized.VIEW else "table"
            lines.append(f"create {word} {model.relation} as {model.sql}")
    lines += [test.count_sql for test in compiled.tests.values()]
    return lines


def _found(name: str, aliases: list[str], path: str) -> str:
    import duckdb

    rows = duckdb.execute(
        "describe select * from read_csv(?, all_varchar = true, header = true)", [path]
    ).fetchall()
    names = [row[0] for row in rows]
    return next((n for n in [name, *aliases] if n in names), "")


def compare(label: str, variables: dict[str, object], source: str | None, times: int) -> None:
    """Print one line: our build against the bare script."""
    with tempfile.TemporaryDirectory() as folder:
        fresh, job = Path(folder) / "db", Path(folder) / "job.json"
        fresh.mkdir()
        job.write_text(
            json.dumps(
                {
                    "database": str(fresh / "bare.duckdb"),
                    "statements": statements(variables, source),
                }
            ),
            encoding="utf-8",
        )
        bare = measure([sys.executable, "-m", "benchmarks.bare", str(job)], times, fresh, {})
        ours = measure(
            [
                sys.executable,
                "-m",
                "retention_pipeline",
                "build",
                "-q",
                "--vars",
                json.dumps(variables),
            ],
            times,
            fresh,
            {"RETENTION_WAREHOUSE": str(fresh / "build.duckdb")},
        )
    print(
        f"{label:<28} ours {ours.wall:6.2f} s wall {ours.cpu:6.2f} s CPU"
        f"   bare {bare.wall:6.2f} s wall {bare.cpu:6.2f} s CPU"
        f"   ratio {ours.wall / bare.wall:.2f} wall {ours.cpu / bare.cpu:.2f} CPU"
    )


def main() -> None:
    """Compare on the sample and, where the data is there, on Online Retail."""
    compare("sample", {}, None, 3)
    data = shared_data()
    if data is None:
        print("online retail: skipped, no data (set RETENTION_SHARED_DATA)")
        return
    folder = data / "online_retail"
    variables: dict[str, object] = {
        "inputs_path": str(folder),
        "as_of": "2011-12-10",
        "adapters": dict.fromkeys(ADAPTED, "online_retail"),
    }
    compare("online retail, 541,909 lines", variables, str(folder / "online_retail_raw.csv.gz"), 3)


if __name__ == "__main__":
    main()
