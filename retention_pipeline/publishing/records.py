"""published.json: what a monitor, the next build and a rollback know without opening the database.

Room:  act. Imports publishing.disk, publishing.values. Touches no database.
In:    the path of the published file.  Out: Record, or None when file and record do not fit.

The record names size and time of the file that it is about. Where they differ (a crash between the
two, a stranger who wrote to the file, a copied folder), or where a write-ahead log lies beside the
file, the record is not believed, and the next publication writes every mart anew.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from retention_pipeline.publishing.disk import log_of, write_text
from retention_pipeline.publishing.values import BuildInfo, Mart, content_fingerprint


@dataclass(frozen=True, slots=True)
class TableRecord:
    """One published mart. `build_id`: the build that last changed it."""

    rows: int
    data_version: str
    description_version: str
    build_id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A version that was rolled back: it is not published again by itself."""

    build_id: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Record:
    """What the published file holds."""

    build_id: str
    as_of: str
    built_at: str | None
    git_revision: str | None
    tables: Mapping[str, TableRecord]
    tests: Mapping[str, int] = field(default_factory=dict)
    tests_version: str = ""
    versions: Sequence[str] = ()
    rolled_back_from: Sequence[Refused] = ()

    @property
    def data_versions(self) -> dict[str, str]:
        """Mart -> data version."""
        return {name: table.data_version for name, table in self.tables.items()}

    @property
    def fingerprint(self) -> str:
        """One hash of the content of all marts."""
        return content_fingerprint(self.data_versions)

    def says_the_same(self, marts: Sequence[Mart], info: BuildInfo) -> bool:
        """True when publishing these marts would change nothing that a reader can see."""
        wanted = {m.name: (m.data_version, m.description_version) for m in marts}
        have = {n: (t.data_version, t.description_version) for n, t in self.tables.items()}
        return (wanted, info.as_of, info.tests_version) == (have, self.as_of, self.tests_version)


def record_path(path: Path) -> Path:
    """published.json beside the published file."""
    return path.with_name("published.json")


def read_record(path: Path) -> Record | None:
    """The record of the file at `path`; None without a file, a record, or when they do not fit."""
    try:
        document = json.loads(record_path(path).read_text(encoding="utf-8"))
        if log_of(path).exists() or document["file"] != _identity(path):
            return None
        return _record(document)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def read_refusals(path: Path) -> tuple[Refused, ...]:
    """What was rolled back; believed even when the file changed since."""
    try:
        document = json.loads(record_path(path).read_text(encoding="utf-8"))
        return _refusals(document)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return ()


def write_record(path: Path, record: Record) -> None:
    """Describe the file that is in place now."""
    document = {
        "build_id": record.build_id,
        "as_of": record.as_of,
        "built_at": record.built_at,
        "git_revision": record.git_revision,
        "file": _identity(path),
        "tables": {
            name: {
                "rows": table.rows,
                "data_version": table.data_version,
                "description_version": table.description_version,
                "build_id": table.build_id,
            }
            for name, table in sorted(record.tables.items())
        },
        "tests": dict(record.tests),
        "tests_version": record.tests_version,
        "versions": list(record.versions),
        "rolled_back_from": [
            {"build_id": refused.build_id, "fingerprint": refused.fingerprint}
            for refused in record.rolled_back_from
        ],
    }
    write_text(record_path(path), json.dumps(document, indent=2) + "\n")


def _identity(path: Path) -> dict[str, Any]:
    status = path.stat()
    return {"name": path.name, "size": status.st_size, "mtime_ns": status.st_mtime_ns}


def _record(document: dict[str, Any]) -> Record:
    return Record(
        build_id=document["build_id"],
        as_of=document["as_of"],
        built_at=document["built_at"],
        git_revision=document["git_revision"],
        tables={name: TableRecord(**table) for name, table in document["tables"].items()},
        tests=document["tests"],
        tests_version=document["tests_version"],
        versions=tuple(document["versions"]),
        rolled_back_from=_refusals(document),
    )


def _refusals(document: dict[str, Any]) -> tuple[Refused, ...]:
    return tuple(Refused(**refused) for refused in document["rolled_back_from"])
