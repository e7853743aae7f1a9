"""The file in which `pipeline erase` notes requests: ours, beside the inputs, which are the user's.

Room:  act. Imports errors, project. Touches the disk.
In:    a project.  Out: Requests; the file, written whole or not at all, readable by its owner only.

It is added to the table erasure_requests. Losing it would bring people back whom the inputs still
hold, so it is no cache: its place is var erasures_path.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from retention_pipeline.errors import EngineError, InputError, Location
from retention_pipeline.project import Project

REQUESTS = "erasure_requests"  # the table
DEFAULT = "erasures.csv"
_COLUMNS = ("request_id", "customer_id", "requested_at", "completed_at")


@dataclass(frozen=True, slots=True)
class Request:
    """One row: a customer id to be erased. Times are UTC; `completed_at` '' = not granted yet."""

    request_id: str
    customer_id: str
    requested_at: str
    completed_at: str


def requests_path(project: Project) -> Path:
    """Where the file is, or would be."""
    return project.root / str(project.vars.get("erasures_path") or DEFAULT)


def read_requests(path: Path) -> tuple[Request, ...]:
    """All rows; nothing when there is no file. Raises InputError at the line that is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise InputError(f"cannot be read: {reason}", at=Location(path)) from None
    rows = list(csv.reader(io.StringIO(text)))
    if not rows or tuple(rows[0]) != _COLUMNS:
        raise InputError(
            "this is no file of erasure requests",
            at=Location(path, 1),
            fix=f"its header is {','.join(_COLUMNS)}",
        )
    return tuple(_request(row, Location(path, n)) for n, row in enumerate(rows[1:], 2) if row)


def write_requests(path: Path, requests: Sequence[Request]) -> None:
    """Replace the file in one step. Raises EngineError when that cannot be done."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows(
        (r.request_id, r.customer_id, r.requested_at, r.completed_at) for r in requests
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_private(path, text.getvalue())
    except OSError as error:
        raise EngineError(f"cannot write: {error.strerror}", at=Location(path)) from None


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    part = path.with_name(f".{path.name}.{os.getpid()}.building")
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _request(row: list[str], at: Location) -> Request:
    if len(row) != len(_COLUMNS) or not row[0] or not row[1]:
        raise InputError("a request is not whole", at=at, fix=f"columns: {', '.join(_COLUMNS)}")
    for text in (row[2], row[3] or row[2]):
        try:
            datetime.fromisoformat(text)
        except ValueError:
            raise InputError(
                f"'{text}' is no time", at=at, fix="write it like 2026-01-31 12:00:00 (UTC)"
            ) from None
    return Request(*row)
