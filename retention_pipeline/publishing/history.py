"""Earlier versions of the published file: kept by a hard link, listed, put back by one rename.

Room:  act. Imports engine, errors, publishing.content, .disk, .records, .values.
In:    the path of the published file.  Out: `<dir>/versions/<stem>-<build_id>.duckdb`; Version.

Keeping a version costs no copy: it is the old file under a second name.
What a version holds is asked of the file itself; there is no second account of it.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from retention_pipeline.engine import Engine, EngineFault
from retention_pipeline.errors import CommandError, EngineError, Location
from retention_pipeline.publishing import content
from retention_pipeline.publishing.disk import (
    building_path,
    discard,
    flush,
    link_or_copy,
    put_in_place,
    reason_of,
    sweep,
)
from retention_pipeline.publishing.records import (
    Record,
    Refused,
    TableRecord,
    read_refusals,
    write_record,
)


@dataclass(frozen=True, slots=True)
class Version:
    """One published version that is still there. `is_live`: what readers get now."""

    build_id: str
    path: Path
    record: Record
    size: int
    written_ns: int
    is_live: bool


class IsLiveError(CommandError):
    """What one wants to go back to is what readers get already. `record`: what it holds."""

    code = "RP503"

    def __init__(self, build_id: str, path: Path, record: Record) -> None:
        super().__init__(f"build {build_id} is what is published now", at=Location(path))
        self.record = record


@dataclass(frozen=True, slots=True)
class RolledBack:
    """A rollback that was done."""

    path: str
    left: str
    restored: str
    record: Record


def list_versions(path: Path) -> list[Version]:
    """The live version and the kept ones, the newest first; unreadable files are left out."""
    path = path.resolve()
    with Engine(":memory:") as engine:
        live = _version(engine, path, is_live=True)
        found = [] if live is None else [live]
        for file in _files(path):
            version = _version(engine, file, is_live=False)
            if version and (live is None or version.build_id != live.build_id):
                found.append(version)
    return sorted(found, key=lambda version: version.written_ns, reverse=True)


def rollback(path: Path, build_id: str | None = None) -> RolledBack:
    """Put an earlier version back: the one published before the live one, or `build_id` (or its
    beginning).

    What was live is kept too, so that one can go forward again. An older version than the live
    one is put back: the content that was live will not be published again by itself.
    Raises CommandError when there is no such version, IsLiveError when it is live, EngineError when
    the disk refuses; the published file is then as it was.
    """
    path = path.resolve()
    sweep(path.parent)
    versions = list_versions(path)
    live = next((version for version in versions if version.is_live), None)
    target = _target(path, versions, live, build_id)
    building = building_path(path)
    try:
        if live is not None:
            _keep_as(path, live.build_id)
        link_or_copy(target.path, building)
        put_in_place(building, path)
    except OSError as error:
        raise EngineError(
            f"not rolled back: {reason_of(error)}; the published file is as it was",
            at=Location(path),
        ) from None
    finally:
        discard(building)
    try:
        flush(path.parent)
        record = _with_history(path, target, live)
        write_record(path, record)
    except OSError as error:
        raise EngineError(
            f"rolled back, but not described beside it: {reason_of(error)}", at=Location(path)
        ) from None
    return RolledBack(str(path), "" if live is None else live.build_id, target.build_id, record)


def read_version(engine: Engine, path: Path) -> Record:
    """What a published file says of itself. Raises EngineFault when it is none of ours."""
    with content.attached(engine, path, "(read_only)"):
        info = engine.query(
            "select build_id, as_of, cast(built_at as varchar), git_revision, tests_version"
            f" from {content.table('build_info')}"
        )
        tables = engine.query(
            "select table_name, rows, data_version, description_version, build_id"
            f" from {content.table('published_tables')} order by 1"
        )
        tests = engine.query(
            f"select status, count(*) from {content.table('test_results')} group by 1 order by 1"
        )
    build_id, as_of, built_at, revision, tests_version = info[0]
    return Record(
        build_id,
        as_of,
        None if built_at is None else built_at.replace(" ", "T") + "+00:00",
        revision,
        {name: TableRecord(*rest) for name, *rest in tables},
        dict(tests),
        tests_version,
    )


# -- keeping ------------------------------------------------------------------------------------
def keep(
    engine: Engine, path: Path, last: Record | None, next_build: str, keep_versions: int
) -> None:
    """Give the file that is about to be replaced a second name, unless nothing is kept."""
    if keep_versions <= 0 or not path.exists():
        return
    build_id = last.build_id if last else _build_of(engine, path)
    if build_id is not None and build_id != next_build:
        _keep_as(path, build_id)


def prune(path: Path, keep_versions: int) -> None:
    """Remove all but the newest versions that are kept beside the live file."""
    live = path.stat()
    kept_ones = [file for file in _files(path) if not os.path.samestat(file.stat(), live)]
    for file in kept_ones[max(keep_versions, 0) :]:
        file.unlink(missing_ok=True)


def kept(path: Path) -> tuple[str, ...]:
    """Build ids of the kept versions, the newest first."""
    return tuple(file.stem.removeprefix(f"{path.stem}-") for file in _files(path))


def _keep_as(path: Path, build_id: str) -> None:
    folder = path.parent / "versions"
    folder.mkdir(exist_ok=True)
    sweep(folder)
    link_or_copy(path, folder / f"{path.stem}-{build_id}.duckdb")
    flush(folder)


def _files(path: Path) -> list[Path]:
    """The kept versions, the newest first. A build may remove one while somebody looks."""
    found = []
    for file in (path.parent / "versions").glob(f"{path.stem}-*.duckdb"):
        with contextlib.suppress(FileNotFoundError):
            found.append((file.stat().st_mtime_ns, file.name, file))
    return [file for _, _, file in sorted(found, reverse=True)]


def _build_of(engine: Engine, path: Path) -> str | None:
    """The build that wrote a file whose record does not fit; None when it cannot be read."""
    try:
        return read_version(engine, path).build_id
    except EngineFault:
        return None


def _version(engine: Engine, path: Path, *, is_live: bool) -> Version | None:
    try:
        status = path.stat()
        record = read_version(engine, path)
    except (OSError, EngineFault):
        return None
    return Version(record.build_id, path, record, status.st_size, status.st_mtime_ns, is_live)


# -- going back ---------------------------------------------------------------------------------
def _target(
    path: Path, versions: Sequence[Version], live: Version | None, build_id: str | None
) -> Version:
    others = [version for version in versions if not version.is_live]
    known = ", ".join(version.build_id[:8] for version in others) or "none"
    if build_id is None:
        older = [v for v in others if live is None or v.written_ns < live.written_ns]
        if not older:
            raise CommandError(
                "there is no earlier version to go back to",
                at=Location(path),
                fix="var keep_versions says how many are kept",
            )
        return older[0]
    if live is not None and live.build_id.startswith(build_id):
        raise IsLiveError(build_id, path, live.record)
    matching = [version for version in others if version.build_id.startswith(build_id)]
    if len(matching) != 1:
        many = f"{len(matching)} versions of {path.name} begin"
        what = many if matching else f"no version of {path.name} begins"
        raise CommandError(
            f"{what} with '{build_id}'",
            at=Location(path),
            fix=f"kept are: {known}",
        )
    return matching[0]


def _with_history(path: Path, target: Version, live: Version | None) -> Record:
    """The restored version's record, and what must not be published again by itself."""
    record = target.record
    refused = [r for r in read_refusals(path) if r.fingerprint != record.fingerprint]
    if live is not None and target.written_ns < live.written_ns:
        refused.append(Refused(live.build_id, live.record.fingerprint))
    return Record(
        record.build_id,
        record.as_of,
        record.built_at,
        record.git_revision,
        record.tables,
        record.tests,
        record.tests_version,
        kept(path),
        tuple(dict.fromkeys(refused)),
    )
