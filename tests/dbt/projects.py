"""The small projects of tests/dbt_projects: what is built in which order, and what came of it.

`expected.json` of a project is what dbt-core + dbt-duckdb made of it (`pytest tests/dbt -m slow --update-dbt`).
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.conftest import CHECKOUT
from tests.dbt.dbt import run_dbt

FOLDER = CHECKOUT / "tests/dbt_projects"
DATABASE = "build.duckdb"
_OURS_ALONE = ("pipeline_state", "information_schema", "pg_catalog")
_REJECTED = ("raw", "rejected_rows")  # our loader keeps refused rows there
_NOT_RUN_BY_DBT = (
    "source.",
    "exposure.",
)  # loading an input is a step of ours; exposures do nothing


@dataclass(frozen=True)
class Steps:
    """Commands one after the other; `moments` are columns that hold the time of the build."""

    commands: tuple[tuple[str, ...], ...] = (("build",),)
    moments: tuple[str, ...] = ()
    environ: Mapping[str, str] | None = None
    prepare: tuple[str, ...] = ()  # a command that only dbt needs
    package: str = ""  # a package that we do not have: the variable that says where it lies


def _days(last: int) -> tuple[tuple[str, ...], ...]:
    return tuple(("build", "--vars", f"{{day: {day}}}") for day in range(1, last + 1))


FICTION = datetime(2026, 2, 1)  # noqa: DTZ001 - times of the projects' own data lie before it
FAR = datetime(9999, 1, 1)  # noqa: DTZ001
_DBTS = ("dbt_updated_at", "dbt_valid_from", "dbt_valid_to", "dbt_scd_id")
_MOMENTS = (*_DBTS, "updated_at", "valid_from", "valid_to")
PROJECTS: dict[str, Steps] = {
    "seeds_and_sources": Steps(),
    "data_tests": Steps((("build",), ("test",), ("build", "--exclude", "apart_is_empty below"))),
    "unit_tests": Steps(
        (
            ("run",),
            ("build",),
            ("test", "--select", "test_type:unit"),
            ("test", "--select", "fails", "--vars", "{with_failure: true}"),
        )
    ),
    "names": Steps(),
    "contracts": Steps(),
    "templates": Steps(),
    "packages": Steps(prepare=("deps",)),
    "incremental": Steps(_days(3)),
    "snapshots": Steps(_days(3), _MOMENTS),
    "external": Steps(_days(2)),
    "hooks": Steps(),
    "python_models": Steps(),
    "idioms": Steps((("seed",), ("build",))),
    "utils": Steps((("seed",), ("run",), ("test",)), package="RETENTION_DBT_UTILS"),
}


def lies_at(variable: str) -> Path | None:
    """The folder of a package, None where there is none."""
    given = os.environ.get(variable)
    return Path(given) if given and (Path(given) / "dbt_project.yml").is_file() else None


def parameters() -> list[Any]:
    """The projects; those without the package that they need are skipped."""
    return [
        pytest.param(
            name,
            marks=pytest.mark.skipif(
                bool(steps.package) and lies_at(steps.package) is None,
                reason=f"{steps.package} names no folder of the package",
            ),
        )
        for name, steps in PROJECTS.items()
    ]


def copied(name: str, into: Path) -> Path:
    """A copy of the project `name` in `into`."""
    ignored = shutil.ignore_patterns("target", "logs", "expected.json")
    copy = Path(shutil.copytree(FOLDER / name, into / name, ignore=ignored))
    package = lies_at(PROJECTS[name].package)
    if package is not None:
        shutil.copytree(package, copy / "dbt_packages" / package.name)
    return copy


def outcomes(name: str, root: Path, *, by_dbt: bool) -> list[dict[str, Any]]:
    """What each command of a project comes to: exit code, statuses, tables."""
    steps, found = PROJECTS[name], []
    environ = {"PROJECT_DATABASE": str(root / DATABASE), **(steps.environ or {})}
    if by_dbt and steps.prepare:
        run_dbt(root, *steps.prepare, **environ)
    for command in steps.commands:
        (root / "target/run_results.json").unlink(missing_ok=True)
        if by_dbt:
            done = run_dbt(root, *command, **environ)
        else:
            more = ("--no-publish",) if command[0] == "build" else ()
            done = pipeline(root, (*command, *more), environ)
        found.append(
            {
                "command": " ".join(command),
                "exit": done.returncode,
                "results": _results(root / "target/run_results.json"),
                "tables": _tables(root / DATABASE, steps.moments),
                "told": done.stdout + done.stderr,
            }
        )
    return found


def pipeline(
    root: Path, argv: tuple[str, ...], environ: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """The command line in this process: a build of a small project takes less than starting Python."""
    from retention_pipeline.cli import run_main

    told = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.chdir(root):
        for name, value in environ.items():
            patch.setenv(name, value)
        with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
            code = run_main(list(argv))
    return subprocess.CompletedProcess(argv, code, told.getvalue(), "")


def _results(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    return dict(sorted(_result(r) for r in json.loads(path.read_text())["results"] if _counts(r)))


def _counts(result: Mapping[str, Any]) -> bool:
    return not result["unique_id"].startswith(_NOT_RUN_BY_DBT)


def _result(result: Mapping[str, Any]) -> tuple[str, list[Any]]:
    status = {"reused": "success"}.get(result["status"], result["status"])
    is_test = result["unique_id"].startswith("test.") and status != "skipped"
    return result["unique_id"], [status, result["failures"] or 0] if is_test else [status]


def _tables(database: Path, moments: Iterable[str]) -> dict[str, Any]:
    if not database.exists():
        return {}
    # dbt's views of files name them as seen from the project
    with contextlib.chdir(database.parent), duckdb.connect(str(database), read_only=True) as con:
        names = con.execute(
            "select table_schema, table_name, table_type from information_schema.tables order by all"
        ).fetchall()
        return {
            f"{schema}.{name}": {"type": kind, **_rows(con, f'from "{schema}"."{name}"', moments)}
            for schema, name, kind in names
            if schema not in _OURS_ALONE and (schema, name) != _REJECTED
        }


def _rows(con: duckdb.DuckDBPyConnection, query: str, moments: Iterable[str]) -> dict[str, Any]:
    try:
        done = con.execute(query)
    except duckdb.Error as error:
        return {"broken": str(error).split("\n")[0]}
    columns = [[str(d[0]), str(d[1])] for d in done.description or ()]
    order = sorted(range(len(columns)), key=lambda i: columns[i])  # no query of ours asks for it
    rows = [[_text(row[i], columns[i][0] in moments) for i in order] for row in done.fetchall()]
    return {"columns": [columns[i] for i in order], "rows": sorted(rows)}


def _text(value: Any, is_moment: bool) -> str:
    if value is None:
        return "NULL"
    if is_moment and (not isinstance(value, datetime) or FICTION < value < FAR):
        return "a moment"
    return str(value)
