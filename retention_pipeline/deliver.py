"""From a finished build to its readers: which marts, under which facts, to which targets.

Room:  act. Imports binder, compiled, engine, errors, events, ledger, past, plan, publishing, state,
       targets, unit_tests.
In:    Compiled, the Ledger, an Engine.  Out: Published, or the reason why not.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from retention_pipeline import __version__
from retention_pipeline.binder import Types
from retention_pipeline.compiled import Compiled, CompiledModel
from retention_pipeline.engine import ENGINE_VERSION, Engine, EngineFault
from retention_pipeline.errors import EngineError, PipelineError
from retention_pipeline.events import Published, Results, Status
from retention_pipeline.ledger import Ledger
from retention_pipeline.nodes import Severity
from retention_pipeline.past import TestState
from retention_pipeline.plan import stale_models
from retention_pipeline.publishing.database import publish
from retention_pipeline.publishing.disk import forget_logs
from retention_pipeline.publishing.first import FirstFile
from retention_pipeline.publishing.parquet import prune_parquet, publish_parquet
from retention_pipeline.publishing.records import read_record
from retention_pipeline.publishing.revision import git_revision
from retention_pipeline.publishing.values import BuildInfo, How, Mart, TestRow
from retention_pipeline.state import read_tests
from retention_pipeline.targets import read_targets
from retention_pipeline.unit_tests import UnitTestRun


def publish_build(
    compiled: Compiled,
    engine: Engine,
    ledger: Ledger,
    types: Types,
    results: Results,
    excused: Collection[str],
    built_at: datetime | None,
    *,
    wanted: bool = True,
    forget: bool = False,
    first: FirstFile | None = None,
) -> Published | None:
    """Publish what a build left, or say why not; None for a project without marts.

    `excused`: tests that the user left out on purpose. `forget`, `first`: see deliver().
    """
    path = _place(compiled, engine)
    if not compiled.marts:
        return None
    if not wanted:
        return Published(path, 0, "--no-publish")
    if not results.ok:
        is_there = engine.readers is not None or Path(path).exists()
        kept = f"; {path} is as it was" if is_there else ""
        return Published(path, 0, f"the build did not pass{kept}")
    ran = {step.unique_id for step in results.steps if step.status is not Status.SKIPPED}
    reason = why_not(compiled, engine, ledger, types, {*ran, *excused})
    if reason:
        return Published(path, 0, reason)
    return deliver(compiled, engine, ledger, built_at, forget=forget, first=first)


def _place(compiled: Compiled, engine: Engine) -> str:
    """Where readers look."""
    readers = engine.readers
    return str(read_targets(compiled.project).file) if readers is None else readers.place


def why_not(
    compiled: Compiled, engine: Engine, ledger: Ledger, types: Types, settled: Collection[str] = ()
) -> str:
    """Why the marts as they stand may not be published; '' when they may.

    `settled`: tests that this run passed, kept or was told to leave out. Every other test of error
    severity must have passed on what stands there now: a crash or `pipeline run` may have come
    between a table and its tests.
    """
    tests = read_tests(engine)
    failed = [test.name for test in tests.values() if test.status == "failed"]
    if failed:
        return f"failed earlier and not passed since: {_few(failed)}"
    stale = stale_models(compiled, ledger.after)
    if stale:
        return f"not up to date with the rest: {_few(stale)}"
    open_ones = _untested(compiled, ledger, types, tests, settled)
    return (
        f"not tested as they are now, see `pipeline test`: {_few(open_ones)}" if open_ones else ""
    )


def _untested(
    compiled: Compiled,
    ledger: Ledger,
    types: Types,
    last: Mapping[str, TestState],
    settled: Collection[str],
) -> list[str]:
    """Names of tests whose last result is of something else than what stands there now."""
    found = []
    for uid, test in compiled.tests.items():
        if uid in settled or test.config.severity is not Severity.ERROR:
            continue
        if uid not in last or last[uid].fingerprint != ledger.test_fingerprint(uid):
            found.append(test.test.name)
    for uid, unit in compiled.unit_tests.items():
        if uid not in settled and not _still_holds(
            UnitTestRun(unit, compiled, types), last.get(uid)
        ):
            found.append(unit.name)
    return found


def _still_holds(unit: UnitTestRun, last: TestState | None) -> bool:
    try:
        return last is not None and last.fingerprint == unit.fingerprint
    except PipelineError:
        return False  # the test itself is wrong: it says so when it is run


def deliver(
    compiled: Compiled,
    engine: Engine,
    ledger: Ledger,
    built_at: datetime | None,
    *,
    force: bool = False,
    fresh: bool = False,
    forget: bool = False,
    first: FirstFile | None = None,
) -> Published:
    """Publish to the DuckDB file and to every target of var `publish`.

    `forget`: somebody was erased, so every mart is written anew and no earlier version stays.
    `first`: what this build has written of its first file.
    What cannot be published is told in the result (`failed`), with the old file as it was.
    """
    marts = [mart_of(model, ledger) for model in compiled.marts]
    info = _info(compiled, ledger, built_at, read_tests(engine))
    if engine.readers is None:
        return _to_files(
            compiled, engine, marts, info, force=force, fresh=fresh, forget=forget, first=first
        )
    shown = _shown(compiled, engine, forget=forget)
    if shown.failed or not _wants_copy(compiled, marts, force=force or fresh or forget):
        return shown
    with engine.copied(mart.relation for mart in marts) as local:
        copy = _to_files(compiled, local, marts, info, force=force, fresh=fresh, forget=forget)
    if copy.reason or copy.failed:
        return replace(shown, left=copy.reason, failed=copy.failed)
    return replace(shown, path=f"{shown.path}, and {copy.path}", left=copy.left, failed=copy.failed)


def _wants_copy(compiled: Compiled, marts: Sequence[Mart], *, force: bool) -> bool:
    """True when files are asked for beside what the engine shows, and are not up to date."""
    values = compiled.project.vars
    if values.get("published_path") is None and not values.get("publish"):
        return False
    last = read_record(read_targets(compiled.project).file)
    known = {} if last is None else {n: t.data_version for n, t in last.tables.items()}
    return force or known != {mart.name: mart.data_version for mart in marts}


def _to_files(
    compiled: Compiled,
    engine: Engine,
    marts: Sequence[Mart],
    info: BuildInfo,
    *,
    force: bool,
    fresh: bool,
    forget: bool,
    first: FirstFile | None = None,
) -> Published:
    """To the DuckDB file, and to every target of var `publish`."""
    targets = read_targets(compiled.project)
    path = str(targets.file)
    if forget:
        targets = replace(targets, keep_versions=0, parquet=dict.fromkeys(targets.parquet, 0))
        force = fresh = True
    try:
        done = publish(
            engine,
            marts,
            info,
            targets.file,
            targets.keep_versions,
            force=force,
            fresh=fresh,
            first=first,
        )
    except EngineError as error:
        return Published(path, 0, str(error), failed=True)
    if done.how is How.REFUSED:
        return Published(path, 0, done.reason)
    said = Published(path, done.tables, is_current=not done.is_published, written=len(done.written))
    try:
        for folder, versions in targets.parquet.items():
            publish_parquet(engine, marts, info, folder, versions)
            if forget:
                prune_parquet(folder, 0)
        if forget:
            forget_logs(targets.file)
    except EngineError as error:
        return replace(said, failed=True, left=str(error))
    return said


def _shown(compiled: Compiled, engine: Engine, *, forget: bool) -> Published:
    """Published by the engine itself."""
    assert engine.readers is not None
    marts, place = [m.relation for m in compiled.marts], engine.readers.place
    try:
        new = engine.readers.publish(marts, forget=forget)
    except EngineFault as fault:
        return Published(place, 0, f"not published: {fault.message}", failed=True)
    return Published(place, len(marts), is_current=not new, written=new)


def mart_of(model: CompiledModel, ledger: Ledger) -> Mart:
    """What is published of a model that has been built."""
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


def _few(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
