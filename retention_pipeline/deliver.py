"""From a finished build to its readers: which marts, under which facts, to which targets.

Room:  act. Imports compiler, engine, errors, events, ledger, past, plan, publishing, state.
In:    Compiled, the Ledger, an Engine.  Out: Published, or the reason why not.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from retention_pipeline import __version__
from retention_pipeline.compiler import Compiled, CompiledModel
from retention_pipeline.engine import ENGINE_VERSION, Engine
from retention_pipeline.errors import CommandError, EngineError
from retention_pipeline.events import Published
from retention_pipeline.ledger import Ledger
from retention_pipeline.nodes import Materialized
from retention_pipeline.past import TestState
from retention_pipeline.plan import stale_models
from retention_pipeline.project import Project
from retention_pipeline.publishing.database import publish
from retention_pipeline.publishing.disk import forget_logs
from retention_pipeline.publishing.parquet import prune_parquet, publish_parquet
from retention_pipeline.publishing.revision import git_revision
from retention_pipeline.publishing.values import SCHEMA, BuildInfo, How, Mart, TestRow
from retention_pipeline.state import read_state


def published_path(compiled: Compiled) -> Path:
    """`retention.duckdb` beside the working database, or var published_path."""
    return published_file(compiled.project)


def published_file(project: Project) -> Path:
    """The same, for a project that need not be compiled."""
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


def why_not(compiled: Compiled, engine: Engine, ledger: Ledger) -> str:
    """Why the marts as they stand may not be published; '' when they may."""
    failed = [test.name for test in read_state(engine).tests.values() if test.status == "failed"]
    if failed:
        return f"failed earlier and not passed since: {_few(failed)}"
    stale = stale_models(compiled, ledger.after)
    return f"not up to date with the rest: {_few(stale)}" if stale else ""


def deliver(
    compiled: Compiled,
    engine: Engine,
    ledger: Ledger,
    built_at: datetime | None,
    *,
    force: bool = False,
    fresh: bool = False,
    forget: bool = False,
) -> Published:
    """Publish to the DuckDB file and to every target of var `publish`.

    `forget`: somebody was erased, so every mart is written anew and no earlier version stays.
    What cannot be published is told in the result (`failed`), with the old file as it was.
    """
    path = published_path(compiled)
    marts = [_mart(model, ledger) for model in published_models(compiled)]
    tests = read_state(engine).tests
    info = _info(compiled, ledger, built_at, tests)
    keep, folders = check_targets(compiled)
    if forget:
        keep, folders, force, fresh = 0, dict.fromkeys(folders, 0), True, True
    try:
        done = publish(engine, marts, info, path, keep, force=force, fresh=fresh)
        if done.how is How.REFUSED:
            return Published(str(path), 0, done.reason)
        for folder, versions in folders.items():
            publish_parquet(engine, marts, info, folder, versions)
            if forget:
                prune_parquet(folder, 0)
        if forget:
            forget_logs(path)
    except EngineError as error:
        return Published(str(path), 0, str(error), failed=True)
    return Published(
        str(path), done.tables, is_current=not done.is_published, written=len(done.written)
    )


def check_targets(compiled: Compiled) -> tuple[int, Mapping[Path, int]]:
    """Versions of the DuckDB file to keep, and {folder: versions} of Parquet.

    Raises CommandError for vars that make no sense: asked before anything runs.
    """
    return _keep(compiled.project.vars), _parquet(compiled)


def _mart(model: CompiledModel, ledger: Ledger) -> Mart:
    return Mart(
        name=model.relation.name,
        relation=model.relation,
        data_version=ledger.nodes[model.unique_id].data_version,
        description=model.model.description,
        columns={column.name: column.description for column in model.model.columns},
    )


def _info(
    compiled: Compiled, ledger: Ledger, built_at: datetime | None, tests: Mapping[str, TestState]
) -> BuildInfo:
    values = compiled.project.vars
    return BuildInfo(
        build_id=ledger.build_id,
        as_of=str(values.get("as_of") or values.get("sample_as_of") or ""),
        built_at=built_at,
        git_revision=git_revision(compiled.project.root),
        project=compiled.project.name,
        duckdb_version=ENGINE_VERSION,
        package_version=__version__,
        tests=[
            TestRow(t.name, t.kind, t.status, t.failures, t.message, _tested(compiled, t.unique_id))
            for t in tests.values()
        ],
    )


def _tested(compiled: Compiled, uid: str) -> str | None:
    if uid in compiled.unit_tests:
        return compiled.unit_tests[uid].model
    attached = compiled.tests[uid].test.attached_to if uid in compiled.tests else None
    return None if attached is None else attached.rsplit(".", 1)[-1]


def _keep(values: Mapping[str, Any], name: str = "keep_versions", default: int = 3) -> int:
    value = values.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise CommandError(f"var {name} is {value!r}", fix="it must be a number from 0")
    return value


def _parquet(compiled: Compiled) -> dict[Path, int]:
    """Folder -> versions to keep, of the Parquet target in var `publish`."""
    targets = compiled.project.vars.get("publish") or {}
    if not isinstance(targets, Mapping) or set(targets) - {"parquet"}:
        raise CommandError(
            "var publish names an unknown target", fix="publish: {parquet: {path: folder}}"
        )
    chosen = targets.get("parquet")
    if not chosen:
        return {}
    if not isinstance(chosen, Mapping) or "path" not in chosen:
        raise CommandError(
            "var publish.parquet needs a path", fix="publish: {parquet: {path: folder}}"
        )
    return {compiled.project.root / str(chosen["path"]): _keep(chosen)}


def _few(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
