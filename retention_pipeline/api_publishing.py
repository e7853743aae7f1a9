"""What readers get, for Python callers: publish again, go back, compare.

Room:  edge. Imports api and the rooms below.
In:    Options.  Out: Published, RolledBack, Version, Diff; PipelineError kinds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from retention_pipeline.api import compile_
from retention_pipeline.binder import bind
from retention_pipeline.building import open_ledger, shown
from retention_pipeline.compiled import Compiled
from retention_pipeline.deliver import deliver, why_not
from retention_pipeline.diff import Diff, Side
from retention_pipeline.diff import diff as compare_sides
from retention_pipeline.engine import Engine
from retention_pipeline.errors import CommandError, EngineError, Location
from retention_pipeline.events import Published
from retention_pipeline.lock import held
from retention_pipeline.options import Options
from retention_pipeline.postgres_target import read_postgres
from retention_pipeline.publishing.history import (
    IsLiveError,
    RolledBack,
    Version,
    list_versions,
    rollback,
)
from retention_pipeline.publishing.parquet import go_back
from retention_pipeline.publishing.postgres import SentToPostgres, publish_postgres
from retention_pipeline.state import read_state
from retention_pipeline.targets import not_published, read_targets
from retention_pipeline.warehouse import open_warehouse


def publish_now(
    options: Options, now: datetime, wait: float = 0.0, *, force: bool = False, fresh: bool = False
) -> Published:
    """Publish what the last build left, if it passed and is of one generation."""
    compiled = compile_(options)
    targets = read_targets(compiled.project)
    database = compiled.project.target.path
    _demand_build(database)
    with held(database, shown(now), wait), open_warehouse(compiled) as engine:
        with engine.told():
            ledger = open_ledger(compiled, engine, uuid4().hex)
        reason = why_not(compiled, engine, ledger, bind(compiled))
        if reason:
            return Published(str(targets.file), 0, reason)
        return deliver(compiled, engine, ledger, now, force=force, fresh=fresh)


def send_to_postgres(options: Options, name: str, *, force: bool = False) -> SentToPostgres:
    """Copy what is published to the output `name` of profiles.yml, a PostgreSQL database."""
    compiled = compile_(options)
    target = read_postgres(compiled.project, name)
    file = read_targets(compiled.project).file
    if not file.exists():
        raise not_published(compiled.project)
    keys = {m.relation.name: _key(compiled, m.unique_id) for m in compiled.marts}
    return publish_postgres(file, target, keys, force=force)


@dataclass(frozen=True, slots=True)
class WentBack:
    """A rollback of every target. `file` is None where the DuckDB file was there already;
    `stayed` are the targets that could not follow, and why."""

    file: RolledBack | None
    moved: Mapping[str, str] = field(default_factory=dict)  # Parquet folder -> version
    stayed: Sequence[str] = ()


def rollback_to(
    options: Options, build_id: str | None, now: datetime, wait: float = 0.0
) -> WentBack:
    """Put an earlier version back: the DuckDB file, and each Parquet target that has its content.

    With a `build_id` that is live already only the Parquet targets move, should a rollback have
    been cut short. Raises CommandError when there is nothing to do or no version of that name.
    """
    compiled = compile_(options)
    targets = read_targets(compiled.project)
    server = compiled.project.target.server
    if server is not None and not targets.file.exists():
        raise not_published(compiled.project)
    with held(compiled.project.target.path, shown(now), wait):
        done: RolledBack | None = None
        try:
            done = rollback(targets.file, build_id)
            record = done.record
        except IsLiveError as error:
            if not targets.parquet:
                raise
            record = error.record
        moved, stayed = {}, []
        for folder in targets.parquet:
            try:
                moved[str(folder)] = go_back(folder, record)
            except EngineError as error:
                stayed.append(str(error))
    if server is not None:
        stayed.append(f"the views on {server.address} show what was built last")
    return WentBack(done, moved, stayed)


def versions(options: Options) -> list[Version]:
    """The live version and the kept ones, the newest first."""
    return list_versions(read_targets(compile_(options).project).file)


def compare(
    options: Options,
    left: str | None,
    right: str | None,
    marts: Sequence[str] | None = None,
    samples: int = 5,
) -> Diff:
    """Compare two published versions, or the live one with the working database."""
    compiled = compile_(options)
    path = read_targets(compiled.project).file
    if left is None and not path.exists():
        raise not_published(compiled.project)
    one = _version_side(path, left)
    keys = {m.relation.name: _key(compiled, m.unique_id) for m in compiled.marts}
    if right is not None:
        with Engine(":memory:") as engine:
            return compare_sides(engine, one, _version_side(path, right), keys, samples, marts)
    _demand_build(compiled.project.target.path)
    with open_warehouse(compiled, read_only=True) as engine:
        nodes = read_state(engine).nodes
        versions = {
            m.relation.name: nodes[m.unique_id].data_version
            for m in compiled.marts
            if m.unique_id in nodes
        }
        here = Side("working database", None, versions)
        there = engine.relations()
        asked = (m.relation for m in compiled.marts)
        wanted = [r for r in asked if r in there and (marts is None or r.name in marts)]
        with engine.copied(wanted) as local:
            return compare_sides(local, one, here, keys, samples, marts)


def _version_side(path: Path, build_id: str | None) -> Side:
    if build_id is None:
        return Side("published", path)
    found = [v for v in list_versions(path) if v.build_id.startswith(build_id)]
    if len(found) != 1:
        known = ", ".join(v.build_id[:8] for v in list_versions(path))
        raise CommandError(f"no published version '{build_id}'", fix=f"there are: {known}")
    return Side(f"build {found[0].build_id[:8]}", found[0].path)


def _key(compiled: Compiled, uid: str) -> tuple[str, ...]:
    """The columns of a mart's primary_key test."""
    for test in compiled.tests.values():
        if test.test.attached_to == uid and test.test.kind == "primary_key":
            columns = test.test.arguments.get("columns")
            return tuple(str(c) for c in columns) if isinstance(columns, list) else ()
    return ()


def _demand_build(database: str) -> None:
    if database != ":memory:" and not Path(database).exists():
        raise EngineError("nothing is built yet", at=Location(database), fix="pipeline build")
