"""A project's marts -> what publishing needs: which, from where, to where, with which facts.

Room:  act. Imports compiler, engine, errors, events, nodes, past, publishing.
In:    Compiled, data versions, test results.  Out: the published file, Parquet where it is on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from retention_pipeline import __version__
from retention_pipeline.compiler import Compiled, CompiledModel
from retention_pipeline.engine import ENGINE_VERSION, Engine
from retention_pipeline.errors import CommandError, Location, did_you_mean
from retention_pipeline.events import Published, Results
from retention_pipeline.nodes import Materialized
from retention_pipeline.past import TestState
from retention_pipeline.publishing.database import publish as publish_database
from retention_pipeline.publishing.parquet import publish_parquet
from retention_pipeline.publishing.revision import git_revision
from retention_pipeline.publishing.values import SCHEMA, BuildInfo, How, Mart, TestRow

KEEP_VERSIONS = 3
_TESTS = ("data test", "unit test")


@dataclass(frozen=True, slots=True)
class Targets:
    """Where to publish: the DuckDB file always, Parquet where the project says so."""

    path: Path
    keep_versions: int = KEEP_VERSIONS
    parquet: Path | None = None
    parquet_versions: int = KEEP_VERSIONS


def published_path(compiled: Compiled) -> Path:
    """`retention.duckdb` beside the working database, or var published_path."""
    project = compiled.project
    chosen = project.vars.get("published_path")
    if chosen:
        return project.root / str(chosen)
    return Path(project.target.path).with_name("retention.duckdb")


def published_models(compiled: Compiled) -> list[CompiledModel]:
    """The models of the marts schema, by name; ephemeral ones have nothing to publish."""
    marts = (
        model
        for model in compiled.models.values()
        if model.relation.schema == SCHEMA and model.materialized is not Materialized.EPHEMERAL
    )
    return sorted(marts, key=lambda model: model.relation.name)


def targets(compiled: Compiled) -> Targets:
    """Read vars published_path, keep_versions and publish. Raises CommandError for nonsense."""
    at = Location(compiled.project.root / "dbt_project.yml")
    values = compiled.project.vars
    kept = _count(values.get("keep_versions", KEEP_VERSIONS), "keep_versions", at)
    options = _mapping(values.get("publish"), "publish", ("parquet",), at)
    parquet = options.get("parquet")
    if not parquet:
        return Targets(published_path(compiled), kept)
    inner = _mapping(parquet, "publish.parquet", ("path", "keep_versions"), at)
    folder = compiled.project.root / str(inner.get("path") or "warehouse/parquet")
    old = _count(inner.get("keep_versions", KEEP_VERSIONS), "publish.parquet.keep_versions", at)
    return Targets(published_path(compiled), kept, folder, old)


def _mapping(value: Any, name: str, known: tuple[str, ...], at: Location) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise CommandError(f"var {name} must be a mapping", at=at, fix=f"known: {', '.join(known)}")
    for key in value:
        if key not in known:
            fix = did_you_mean(str(key), known) or f"known: {', '.join(known)}"
            raise CommandError(f"var {name} has no '{key}'", at=at, fix=fix)
    return value


def _count(value: Any, name: str, at: Location) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise CommandError(f"var {name} is '{value}', which is no count", at=at, fix="0, 1, 2, ...")
    return value


def marts_of(compiled: Compiled, versions: Mapping[str, str]) -> list[Mart]:
    """What to publish. `versions`: unique id -> data version."""
    return [
        Mart(
            model.relation.name,
            model.relation,
            versions[model.unique_id],
            model.model.description,
            {column.name: column.description for column in model.model.columns},
        )
        for model in published_models(compiled)
    ]


def test_rows(compiled: Compiled, tests: Iterable[TestState]) -> list[TestRow]:
    """The last result of every test the project has, by name."""
    rows = []
    for test in tests:
        uid = test.unique_id
        if uid in compiled.tests:
            tested = compiled.tests[uid].test.attached_to
            model = compiled.cards[tested].name if tested in compiled.cards else None
        elif uid in compiled.unit_tests:
            model = compiled.unit_tests[uid].model
        else:
            continue
        rows.append(TestRow(test.name, test.kind, test.status, test.failures, test.message, model))
    return sorted(rows, key=lambda row: (row.kind, row.name, row.model or ""))


def build_info(
    compiled: Compiled, build_id: str, tests: Iterable[TestState], built_at: datetime | None
) -> BuildInfo:
    """The facts of a build that the published file tells."""
    values = compiled.project.vars
    return BuildInfo(
        build_id,
        str(values.get("as_of") or values.get("sample_as_of")),
        built_at,
        git_revision(compiled.project.root),
        compiled.project.name,
        ENGINE_VERSION,
        __version__,
        test_rows(compiled, tests),
    )


def publish(
    compiled: Compiled,
    engine: Engine,
    results: Results,
    build_id: str,
    *,
    versions: Mapping[str, str] | None = None,
    tests: Iterable[TestState] | None = None,
    built_at: datetime | None = None,
    force: bool = False,
    fresh: bool = False,
) -> Published:
    """Publish every mart of the project to every target that is on.

    `versions`: unique id -> data version; without them every mart counts as changed. `tests`: the
    last result of every test; without them those of `results`. Raises EngineError when it cannot
    be done; what could not be replaced is then as it was.
    """
    goal = targets(compiled)
    known = versions or {m.unique_id: build_id for m in published_models(compiled)}
    marts = marts_of(compiled, known)
    last = _of_results(results, build_id) if tests is None else tests
    info = build_info(compiled, build_id, last, built_at)
    done = publish_database(
        engine, marts, info, goal.path, goal.keep_versions, force=force, fresh=fresh
    )
    path = str(goal.path)
    if done.how is How.REFUSED:
        return Published(path, 0, done.reason)
    if goal.parquet is not None:
        publish_parquet(engine, marts, info, goal.parquet, goal.parquet_versions)
    return Published(path, done.tables, is_current=done.how is How.CURRENT)


def _of_results(results: Results, build_id: str) -> list[TestState]:
    return [
        TestState(
            s.unique_id, s.name, s.kind, "", str(s.status), s.failures, s.message, "", build_id
        )
        for s in results.steps
        if s.kind in _TESTS
    ]
