"""The marts as Parquet: one folder per build, one file per mart, `latest` moved atomically.

Room:  act. Imports engine, errors, publishing.content, .disk, .records, .values.
In:    marts in a database.  Out: <folder>/<build_id>/<mart>/<mart>.parquet and <folder>/latest.

A mart that did not change is the previous version's file under a second name.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retention_pipeline.engine import Engine, EngineFault
from retention_pipeline.errors import CommandError, EngineError, Location
from retention_pipeline.publishing import content
from retention_pipeline.publishing.disk import (
    building_path,
    discard,
    flush,
    link_or_copy,
    reason_of,
    sweep,
)
from retention_pipeline.publishing.records import Record
from retention_pipeline.publishing.values import BuildInfo, How, Mart, Publication, check_marts
from retention_pipeline.quoting import literal

_MANIFEST = "manifest.json"
_INEXACT = ("hugeint", "uhugeint")


@dataclass(frozen=True, slots=True)
class _Previous:
    """The version that `latest` points to."""

    folder: Path
    build_id: str
    as_of: str
    tables: Mapping[str, Mapping[str, Any]]


def publish_parquet(
    engine: Engine, marts: Sequence[Mart], info: BuildInfo, folder: Path, keep_versions: int = 3
) -> Publication:
    """Write a version of all marts and point `latest` at it; `keep_versions` older ones stay.

    Raises EngineError when it cannot be done; `latest` is then as it was.
    """
    folder = folder.resolve()
    check_marts(marts, info)
    previous = _read_latest(folder)
    building = building_path(folder / info.build_id)
    try:
        if previous and _says_the_same(previous, marts, info):
            sweep(folder)
            prune_parquet(
                folder, keep_versions
            )  # a build may have been killed before it came to that
            return Publication(str(folder), How.CURRENT, len(marts), reason="nothing changed")
        folder.mkdir(parents=True, exist_ok=True)
        _check_link(folder)
        sweep(folder)
        content.check_types(engine, marts)
        _check_exact(engine, marts)
        written, tables = _write(engine, marts, info, building, previous)
        version = _free_name(folder, info.build_id)
        building.replace(version)
        flush(folder)
        point_latest(folder, version.name)
    except (OSError, EngineFault) as error:
        text = error.message if isinstance(error, EngineFault) else reason_of(error)
        raise EngineError(
            f"Parquet not published: {text}; `latest` is as it was", at=Location(folder)
        ) from None
    finally:
        discard(building)
    prune_parquet(folder, keep_versions)
    gone = () if previous is None else tuple(sorted(previous.tables.keys() - tables.keys()))
    how = How.INCREMENTAL if len(written) < len(marts) else How.FRESH
    size = sum(int(table["bytes"]) for table in tables.values())
    return Publication(str(folder), how, len(marts), tuple(written), gone, (), size)


def point_latest(folder: Path, version: str) -> None:
    """Make `latest` mean this version, in one step. CommandError when it is not there."""
    if not (folder / version).is_dir():
        raise CommandError(f"there is no Parquet version '{version}'", at=Location(folder))
    _check_link(folder)
    link = folder / "latest"
    part = building_path(link)
    part.unlink(missing_ok=True)
    part.symlink_to(version, target_is_directory=True)
    part.replace(link)
    flush(folder)


def _check_link(folder: Path) -> None:
    """Raise EngineError where `latest` is no link: what copies a place may follow its links."""
    link = folder / "latest"
    if link.exists() and not link.is_symlink():
        raise EngineError(
            "`latest` is not a link to a version; was this place copied with its links followed?",
            at=Location(link),
            fix="remove it, the next build makes the link; a copy keeps links with `cp -a`",
        )


def go_back(folder: Path, record: Record) -> str:
    """Point `latest` at the version with the content of a published file; gives its name.

    The build of that name is preferred: several builds may have had the same content. Raises
    EngineError where no such version is kept or the disk refuses; `latest` is then as it was.
    """
    folder = folder.resolve()
    try:
        fitting = [name for name in parquet_versions(folder) if _holds(folder / name, record)]
        if not fitting:
            now = _read_latest(folder)
            stays = "has no `latest`" if now is None else f"stays at build {now.build_id[:8]}"
            raise EngineError(
                f"{stays}: no version with the content of build {record.build_id[:8]} is kept",
                at=Location(folder),
            )
        wanted = next((n for n in fitting if n.startswith(record.build_id)), fitting[0])
        if (folder / "latest").resolve().name != wanted:
            sweep(folder)
            point_latest(folder, wanted)
    except OSError as error:
        raise EngineError(f"`latest` stays: {reason_of(error)}", at=Location(folder)) from None
    return wanted


def _holds(version: Path, record: Record) -> bool:
    document = _manifest(version)
    versions = {name: table["data_version"] for name, table in document["tables"].items()}
    return (document["as_of"], versions) == (record.as_of, record.data_versions)


def parquet_versions(folder: Path) -> list[str]:
    """Names of the versions that are there, the newest first."""
    folder = folder.resolve()
    found = [path.parent for path in folder.glob(f"*/{_MANIFEST}") if _is_version(path.parent)]
    return [p.name for p in sorted(found, key=_written, reverse=True)]


def _is_version(folder: Path) -> bool:
    """True for a folder that we wrote: a stranger's may have a manifest.json too."""
    if folder.is_symlink() or ".building" in folder.name:
        return False
    try:
        build_id = _manifest(folder)["build_id"]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return bool(re.fullmatch(rf"{re.escape(str(build_id))}(-\d+)?", folder.name))


def _manifest(version: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((version / _MANIFEST).read_text(encoding="utf-8"))
    return document


def _written(version: Path) -> tuple[int, str]:
    return (version / _MANIFEST).stat().st_mtime_ns, version.name


def _write(
    engine: Engine,
    marts: Sequence[Mart],
    info: BuildInfo,
    building: Path,
    previous: _Previous | None,
) -> tuple[list[str], dict[str, dict[str, Any]]]:
    """Fill the new version's folder; gives what was really written, and the manifest's tables."""
    building.mkdir()
    written, tables = [], {}
    for mart in marts:
        target = building / mart.name / f"{mart.name}.parquet"
        target.parent.mkdir()
        before = None if previous is None else _unchanged(previous, mart)
        if previous is not None and before is not None:
            link_or_copy(previous.folder / before["file"], target)
            rows = int(before["rows"])
        else:
            rows = _copy(engine, mart, target)
            flush(target)
            written.append(mart.name)
        flush(target.parent)
        tables[mart.name] = {
            "rows": rows,
            "data_version": mart.data_version,
            "description_version": mart.description_version,
            "bytes": target.stat().st_size,
            "file": f"{mart.name}/{mart.name}.parquet",
        }
    document = {
        "build_id": info.build_id,
        "as_of": info.as_of,
        "built_at": None if info.built_at is None else info.built_at.isoformat(),
        "git_revision": info.git_revision,
        "tables": tables,
        "tests": info.test_summary,
    }
    manifest = building / _MANIFEST
    manifest.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    flush(manifest)
    flush(building)
    return written, tables


def _copy(engine: Engine, mart: Mart, target: Path) -> int:
    notes = {
        "mart": mart.name,
        "data_version": mart.data_version,
        "description": mart.description.strip(),
    }
    pairs = ", ".join(f"{name}: {literal(text)}" for name, text in notes.items())
    rows = engine.query(
        f"copy (select * from {mart.relation}) to {literal(str(target))}"
        f" (format parquet, compression zstd, kv_metadata {{{pairs}}})"
    )
    return int(rows[0][0])


def _check_exact(engine: Engine, marts: Sequence[Mart]) -> None:
    for mart in marts:
        for name, kind in engine.columns(mart.relation).items():
            if kind in _INEXACT:
                raise EngineError(
                    f"Parquet not published: column {name} of mart {mart.name} is {kind},"
                    " which Parquet would round",
                    fix="cast it to bigint or decimal in the model",
                )


# -- versions -----------------------------------------------------------------------------------
def _read_latest(folder: Path) -> _Previous | None:
    """What `latest` points to; None when there is nothing to build on."""
    try:
        version = (folder / "latest").resolve(strict=True)
        document = _manifest(version)
        return _Previous(version, document["build_id"], document["as_of"], document["tables"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _unchanged(previous: _Previous, mart: Mart) -> Mapping[str, Any] | None:
    """The previous version's entry of a mart that did not change and whose file is whole."""
    before = previous.tables.get(mart.name)
    wanted = (mart.data_version, mart.description_version)
    if before is None or (before["data_version"], before["description_version"]) != wanted:
        return None
    file = previous.folder / before["file"]
    return before if file.is_file() and file.stat().st_size == before["bytes"] else None


def _says_the_same(previous: _Previous, marts: Sequence[Mart], info: BuildInfo) -> bool:
    if previous.as_of != info.as_of or previous.tables.keys() != {m.name for m in marts}:
        return False
    return all(_unchanged(previous, mart) is not None for mart in marts)


def _free_name(folder: Path, build_id: str) -> Path:
    """The version's folder; a build published twice gets a number: folders are never changed."""
    names = [build_id, *(f"{build_id}-{n}" for n in range(2, 1000))]
    return next(folder / name for name in names if not (folder / name).exists())


def prune_parquet(folder: Path, keep_versions: int) -> None:
    """Remove all but the newest versions beside the one that `latest` means."""
    folder = folder.resolve()
    latest = (folder / "latest").resolve().name
    others = [name for name in parquet_versions(folder) if name != latest]
    for name in others[max(keep_versions, 0) :]:
        dying = building_path(folder / name)  # half a folder would pass for a stranger's
        with contextlib.suppress(OSError):
            (folder / name).replace(dying)
            discard(dying)
