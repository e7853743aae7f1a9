"""dbt-core + dbt-duckdb build this very folder, and every mart is the same row by row.

Minutes: slow. The steps are those of docs/dbt.md: seeds first, for a source does not wait for the
seed behind it; what is left out takes its tests along, so those of the seeds run on their own.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from retention_pipeline.api import Command, Flags, Options, execute
from retention_pipeline.events import Status
from tests.conftest import CHECKOUT
from tests.dbt.dbt import SALT, difference, needs_dbt, results_of_dbt, run_dbt, tables

PARTS = ("models", "macros", "seeds", "tests/data", "dbt_project.yml", "profiles.yml")
SCHEMAS = ("marts", "audit")


def _copied(root: Path) -> Path:
    for part in PARTS:
        source, target = CHECKOUT / part, root / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    return root


@needs_dbt
@pytest.mark.slow
def test_dbt_builds_this_project_to_the_same_marts(tmp_path: Path) -> None:
    root = _copied(tmp_path / "project")
    environ = {
        "RETENTION_WAREHOUSE": str(tmp_path / "dbt.duckdb"),
        "DBT_ENV_SECRET_RETENTION_SALT": SALT,
    }
    seeded = run_dbt(root, "seed", **environ)
    assert seeded.returncode == 0, seeded.stdout[-4000:]
    built = run_dbt(root, "build", "--exclude", "resource_type:seed", **environ)
    assert built.returncode == 0, built.stdout[-8000:]
    theirs = results_of_dbt(root)
    tested = run_dbt(root, "test", "--select", "resource_type:seed", **environ)
    assert tested.returncode == 0, tested.stdout[-4000:]
    theirs |= results_of_dbt(root)

    mine = {**environ, "RETENTION_WAREHOUSE": str(tmp_path / "ours/build.duckdb")}
    results = execute(
        Command.BUILD, Options(project_dir=root, environ=mine), flags=Flags(publish=False)
    )
    assert results.ok
    assert {s.status for s in results.steps} <= {Status.OK, Status.REUSED}
    assert set(theirs.values()) <= {"success", "pass"}

    ours = {s.unique_id for s in results.steps if not s.unique_id.startswith(("source.", "seed."))}
    kinds = ("model", "test", "unit_test")
    counted = {k: sum(uid.startswith(f"{k}.") for uid in theirs) for k in kinds}
    assert counted == {k: sum(uid.startswith(f"{k}.") for uid in ours) for k in kinds}
    assert min(counted.values()) > 300

    both = [tables(tmp_path / name, *SCHEMAS) for name in ("dbt.duckdb", "ours/build.duckdb")]
    assert difference(both[0], both[1]) == []
    written = {p.stem for part in SCHEMAS for p in (CHECKOUT / "models" / part).rglob("*.sql")}
    assert {name for _, name in both[0]} == written
