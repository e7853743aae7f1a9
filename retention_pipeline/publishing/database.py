"""Publish the DuckDB file: prepare it beside the old one, verify it, put it in place by one rename.

Room:  act. Imports engine, errors, publishing.content, .disk, .history, .records, .values.
In:    tested marts.  Out: the published file, an earlier version of it, published.json.

Cost goes with what changed: the last file is copied and only what differs is written into the copy.
Whatever happens before the rename, the published file stays byte for byte as it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from retention_pipeline.engine import Engine, EngineFault
from retention_pipeline.errors import EngineError, Location
from retention_pipeline.publishing import content
from retention_pipeline.publishing.disk import (
    building_path,
    copy_file,
    discard,
    flush,
    put_in_place,
    reason_of,
    set_aside_log,
    sweep,
)
from retention_pipeline.publishing.first import FirstFile
from retention_pipeline.publishing.history import keep, kept, prune
from retention_pipeline.publishing.records import (
    Record,
    TableRecord,
    read_record,
    read_refusals,
    write_record,
)
from retention_pipeline.publishing.values import (
    META_TABLES,
    BuildInfo,
    How,
    Mart,
    Publication,
    check_marts,
    content_fingerprint,
)


class _StartAnewError(Exception):
    """The last file is no base for the next one; never leaves this module."""


@dataclass(frozen=True, slots=True)
class _Change:
    """What the next file has that the last one has not."""

    written: tuple[Mart, ...]
    dropped: tuple[str, ...]
    described: tuple[Mart, ...]

    @classmethod
    def between(cls, last: Record | None, marts: Sequence[Mart]) -> _Change:
        have = {} if last is None else last.tables
        written, described = [], []
        for mart in marts:
            table = have.get(mart.name)
            if table is None or table.data_version != mart.data_version:
                written.append(mart)
            elif table.description_version != mart.description_version:
                described.append(mart)
        gone = have.keys() - {mart.name for mart in marts}
        return cls(tuple(written), tuple(sorted(gone)), tuple(described))


def publish(
    engine: Engine,
    marts: Sequence[Mart],
    info: BuildInfo,
    path: Path,
    keep_versions: int = 3,
    *,
    force: bool = False,
    fresh: bool = False,
    first: FirstFile | None = None,
) -> Publication:
    """Make the file at `path` hold exactly `marts` and the facts of the build.

    `force`: publish although exactly this content was rolled back. `fresh`: write every mart anew.
    `first`: what was written already of these marts, where no file is there yet.
    Raises EngineError when it cannot be done; the published file is then as it was.
    """
    path = path.resolve()
    check_marts(marts, info)
    last = read_record(path)
    building = building_path(path)
    try:
        begun = first.finish() if first is not None else {}
        if not begun:
            sweep(path.parent)
        settled = _settled(marts, info, path, last, force=force, fresh=fresh)
        if settled is not None:
            return settled
        path.parent.mkdir(parents=True, exist_ok=True)
        set_aside_log(path)
        content.check_types(engine, marts)
        base = None if fresh else last
        how, change, tables = _prepare(engine, marts, info, path, building, base, begun)
        size = building.stat().st_size
        keep(engine, path, last, info.build_id, keep_versions)
        put_in_place(building, path)
    except (OSError, EngineFault) as error:
        text = error.message if isinstance(error, EngineFault) else reason_of(error)
        raise EngineError(
            f"not published: {text}; the published file is as it was", at=Location(path)
        ) from None
    finally:
        discard(building)
    try:
        flush(path.parent)
        prune(path, keep_versions)
        record = Record(
            info.build_id,
            info.as_of,
            None if info.built_at is None else info.built_at.isoformat(),
            info.git_revision,
            tables,
            info.test_summary,
            info.tests_version,
            kept(path),
        )
        write_record(path, record)
    except OSError as error:
        raise EngineError(
            f"published, but not described beside it: {reason_of(error)}", at=Location(path)
        ) from None
    return Publication(
        str(path),
        how,
        len(marts),
        tuple(m.name for m in change.written),
        change.dropped,
        tuple(m.name for m in change.described),
        size,
    )


def _settled(
    marts: Sequence[Mart],
    info: BuildInfo,
    path: Path,
    last: Record | None,
    *,
    force: bool,
    fresh: bool,
) -> Publication | None:
    """The outcome where nothing is to be written: rolled back, or there already."""
    fingerprint = content_fingerprint({m.name: m.data_version for m in marts})
    refused = [r.build_id for r in read_refusals(path) if r.fingerprint == fingerprint]
    if refused and not force:
        reason = f"exactly this was rolled back (build {refused[0][:8]}); change something or use --force"
        return Publication(str(path), How.REFUSED, len(marts), reason=reason)
    if last is not None and last.says_the_same(marts, info) and not fresh:
        return Publication(str(path), How.CURRENT, len(marts), reason="nothing changed")
    return None


def _prepare(
    engine: Engine,
    marts: Sequence[Mart],
    info: BuildInfo,
    path: Path,
    building: Path,
    last: Record | None,
    begun: Mapping[str, int],
) -> tuple[How, _Change, dict[str, TableRecord]]:
    """Write the next file: on a copy of the last one where that pays, else from nothing."""
    change = _Change.between(last, marts)
    if last is not None and len(change.written) < len(marts):
        try:
            tables = _write_incremental(engine, marts, info, path, building, last, change)
            return How.INCREMENTAL, change, tables
        except _StartAnewError:
            discard(building)
    gone = _Change.between(last, marts).dropped
    change = _Change(tuple(marts), gone, ())
    return How.FRESH, change, _write_fresh(engine, marts, info, building, begun)


def _write_fresh(
    engine: Engine,
    marts: Sequence[Mart],
    info: BuildInfo,
    building: Path,
    begun: Mapping[str, int],
) -> dict[str, TableRecord]:
    """Write a file from nothing, or what is missing in the one that was begun."""
    opened = content.attached if begun else content.attached_new
    with opened(engine, building):
        with engine.transaction():
            left = [mart for mart in marts if mart.name not in begun]
            rows = {**begun, **content.write_tables(engine, left)}
            tables = _records(marts, rows, {}, info)
            content.describe_tables(engine, left)
            content.write_meta(engine, info, tables)
        content.checkpoint(engine)
    content.verify(engine, building, info.build_id, rows)
    return tables


def _write_incremental(
    engine: Engine,
    marts: Sequence[Mart],
    info: BuildInfo,
    path: Path,
    building: Path,
    last: Record,
    change: _Change,
) -> dict[str, TableRecord]:
    """Copy the last file and replace what differs.

    What goes is dropped and checkpointed first, so that what comes takes its blocks: the file does
    not grow by what it replaces. Nobody sees the copy, so that needs no transaction around both.
    """
    copy_file(path, building)
    try:
        with content.attached(engine, building):
            _make_room(engine, last, change)
            with engine.transaction():
                rows = content.write_tables(engine, change.written)
                tables = _records(marts, rows, last.tables, info)
                content.describe_tables(engine, (*change.written, *change.described))
                content.write_meta(engine, info, tables)
            content.checkpoint(engine)
            if content.is_wasteful(*content.waste_of(engine)):
                raise _StartAnewError
    except content.CannotAttachFault:
        raise _StartAnewError from None
    content.verify(engine, building, info.build_id, {n: t.rows for n, t in tables.items()})
    return tables


def _make_room(engine: Engine, last: Record, change: _Change) -> None:
    """Drop what leaves and what is replaced; _StartAnewError when the copy is no base."""
    ours = content.tables_of(engine)
    if content.storage_of(engine) != content.STORAGE or ours != {*last.tables, *META_TABLES}:
        raise _StartAnewError
    leaving = (*(m.name for m in change.written if m.name in ours), *change.dropped, *META_TABLES)
    try:
        with engine.transaction():
            for name in leaving:
                engine.query(f"drop table {content.table(name)}")
        content.checkpoint(engine)
    except EngineFault:
        raise _StartAnewError from None


def _records(
    marts: Sequence[Mart],
    rows: Mapping[str, int],
    before: Mapping[str, TableRecord],
    info: BuildInfo,
) -> dict[str, TableRecord]:
    """The record of every mart: a new one where it was written, else the old with its build."""
    return {
        mart.name: TableRecord(
            rows[mart.name] if mart.name in rows else before[mart.name].rows,
            mart.data_version,
            mart.description_version,
            info.build_id if mart.name in rows else before[mart.name].build_id,
        )
        for mart in marts
    }
