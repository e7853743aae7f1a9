"""What the runner itself costs: 300 trivial models, ten layers deep, against a bare script; and peers.

The project is the same for everybody: a dbt project that dbt-core builds too, and the same models for
SQLMesh. Peers are measured where they are installed: RETENTION_DBT and RETENTION_SQLMESH name their
programs.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.clock import SETTLE, Cost, bare, cost_of, in_turn, pipeline
from benchmarks.figures import Asked, Figure, ratio, told

LAYERS, WIDTH = 10, 30
STARTED = "import duckdb, sys; duckdb.connect(sys.argv[1], read_only=True)"


def model(layer: int, place: int, name: str = "{{{{ ref('{}') }}}}") -> str:
    """The SQL of one model; `name` formats how a parent is called."""
    if layer == 0:
        return f"select i as id, i * {place + 1} as amount from range(1000) as numbers(i)"
    one, other = (name.format(f"m_{layer - 1}_{(place + x) % WIDTH}") for x in (0, 7))
    return f"select a.id, a.amount + b.amount as amount from {one} as a join {other} as b on a.id = b.id"


def models(name: str = "{{{{ ref('{}') }}}}") -> dict[str, str]:
    """Every model by its name, parents first."""
    return {
        f"m_{layer}_{place}": model(layer, place, name)
        for layer in range(LAYERS)
        for place in range(WIDTH)
    }


def generate(root: Path) -> None:
    """Write a dbt project of LAYERS x WIDTH tables."""
    (root / "models").mkdir(parents=True)
    (root / "dbt_project.yml").write_text(
        "name: trivial\nversion: '1.0'\nprofile: trivial\nmodels: {trivial: {+materialized: table}}\n"
    )
    (root / "profiles.yml").write_text(
        "trivial: {target: dev, outputs: {dev: {type: duckdb, path: build.duckdb, threads: 2}}}\n"
    )
    for name, sql in models().items():
        (root / "models" / f"{name}.sql").write_text(f"{sql}\n")


def generate_sqlmesh(root: Path) -> None:
    """The same models as a SQLMesh project."""
    (root / "models").mkdir(parents=True)
    (root / "config.yaml").write_text(
        "gateways: {local: {connection: {type: duckdb, database: build.db}}}\n"
        "default_gateway: local\nmodel_defaults: {dialect: duckdb, start: 2024-01-01}\n"
    )
    for name, sql in models("main.{}").items():
        text = f"MODEL (name main.{name}, kind FULL);\n{sql}\n"
        (root / "models" / f"{name}.sql").write_text(text)


def clear(root: Path) -> None:
    """Take away everything a build left."""
    for old in (*root.glob("*.duckdb*"), *root.glob("*.db*")):
        old.unlink()
    for name in (".pipeline", "target", ".cache", "logs"):
        shutil.rmtree(root / name, ignore_errors=True)


def start(asked: Asked) -> Iterator[Figure]:
    """First builds, builds with nothing to do, listing, help."""
    root = asked.folder / "trivial"
    generate(root)
    time.sleep(SETTLE)
    names = models("{}")
    autocommit = [(n, "model", f"create or replace table {n} as {sql}") for n, sql in names.items()]
    one = [("begin", "", "begin"), *autocommit, ("commit", "", "commit")]

    def script(statements: list[tuple[str, str, str]]) -> Callable[[], Cost]:
        def work() -> Cost:
            return bare(asked.folder / "bare.duckdb", statements)[0]

        return work

    def ours(*words: str) -> Callable[[], Cost]:
        return lambda: cost_of(pipeline(*words), root)

    path = root / "models" / f"m_{LAYERS - 1}_0.sql"
    last = path.read_text().rstrip()

    def one_model() -> Cost:
        path.write_text(f"{last}\nwhere {time.time_ns()} > 0\n")
        return cost_of(pipeline("build", "-q"), root)

    cost = in_turn(
        {
            "autocommit": script(autocommit),
            "one": script(one),
            "first": ours("build", "-q"),
            "nothing": ours("build", "-q"),
            "ls": ours("ls"),
            "help": ours("--help"),
            "opening": lambda: cost_of(
                [sys.executable, "-c", STARTED, str(root / "build.duckdb")], root
            ),
        },
        asked.times,
        before=lambda: clear(root),
    )
    clear(root)
    cost_of(pipeline("build", "-q"), root)
    cost["changed"] = in_turn({"changed": one_model}, asked.times)["changed"]
    yield told("bare script, 300 trivial models, autocommit", cost["autocommit"])
    yield told("bare script, one transaction", cost["one"])
    yield ratio(
        "first build of 300 / bare script, autocommit", cost["first"], cost["autocommit"], 1.5
    )
    walls = cost["first"].wall / cost["autocommit"].wall
    yield Figure("the same in wall seconds", walls, cost["first"], 1.5)
    yield ratio("one of 300 changed / bare script of all", cost["changed"], cost["autocommit"])
    yield told("nothing changed in 300", cost["nothing"], 0.25)
    yield told("ls of 300", cost["ls"], 0.3)
    yield told("--help", cost["help"], 0.15)
    yield told("bare Python opening the file", cost["opening"])


def peers(asked: Asked) -> Iterator[Figure]:
    """First build and a build with nothing to do, of the same 300 models, by others."""
    root = asked.folder / "peers"
    generate(root / "ours")
    time.sleep(SETTLE)
    first = cost_of(pipeline("build", "-q"), root / "ours")
    nothing = cost_of(pipeline("build", "-q"), root / "ours")
    yield told("ours: first build of 300", first)
    yield told("ours: nothing changed", nothing)
    for name, make, command in (
        ("dbt", generate, ["run", "--quiet"]),
        ("sqlmesh", generate_sqlmesh, ["plan", "--auto-apply", "--no-prompts"]),
    ):
        program = os.environ.get(f"RETENTION_{name.upper()}")
        if not program:
            yield Figure(name, note=f"skipped: RETENTION_{name.upper()} does not say where it is")
            continue
        make(root / name)
        environ = {"PYTHONPATH": "", "DBT_PROFILES_DIR": str(root / name), "DO_NOT_TRACK": "1"}
        theirs = cost_of([program, *command], root / name, environ)
        again = cost_of([program, *command], root / name, environ)
        yield ratio("ours / theirs, first build", first, theirs, 1.0, note=name)
        yield told(f"{name}: first build of 300", theirs)
        yield ratio("ours / theirs, nothing changed", nothing, again, 1.0, note=name)
        yield told(f"{name}: nothing changed", again)


def no_peer() -> str:
    """Why no peer can be measured."""
    if os.environ.get("RETENTION_DBT") or os.environ.get("RETENTION_SQLMESH"):
        return ""
    return "RETENTION_DBT or RETENTION_SQLMESH would say where a peer is installed"
