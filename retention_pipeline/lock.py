"""One build at a time: a lock file of our own beside the working database.

Room:  act. Imports errors. Touches fcntl.
In:    the database's path.  Out: a held lock, or BusyError that names who holds it and since when.

DuckDB's own lock is on the database file, and closing any handle on that file drops it.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

from retention_pipeline.errors import BusyError, EngineError, Location

try:
    import fcntl
except ImportError:  # no POSIX locks: DuckDB's own lock still refuses a second build
    fcntl = None  # type: ignore[assignment]

_POLL = 0.2


def lock_path(database: str) -> Path:
    """The lock file that belongs to a working database."""
    path = Path(database)
    return path.with_name(f".{path.stem}.lock")


@contextlib.contextmanager
def held(database: str, now: str, wait: float = 0.0) -> Iterator[None]:
    """Hold the lock of `database`; `now` is the time to show to others.

    Raises BusyError when another process holds it longer than `wait` seconds.
    """
    if database == ":memory:" or fcntl is None:
        yield
        return
    path = lock_path(database)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise EngineError(
            f"cannot open or write the working database: {error.strerror} ({path.parent})",
            at=Location(database),
            fix="check that the folder exists and is writable, or set RETENTION_WAREHOUSE",
        ) from None
    try:
        _take(handle, path, wait)
        with contextlib.suppress(OSError):  # a full disk: others are told of "another build"
            os.ftruncate(handle, 0)
            os.pwrite(handle, json.dumps({"pid": os.getpid(), "since": now}).encode(), 0)
        yield
    finally:
        os.close(handle)  # gives the lock back, also when the process dies


def _take(handle: int, path: Path, wait: float) -> None:
    until = time.monotonic() + wait
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if time.monotonic() >= until:
                raise _busy(handle, path) from None
            time.sleep(min(_POLL, max(until - time.monotonic(), 0.01)))
        else:
            return


def _busy(handle: int, path: Path) -> BusyError:
    who = "another build"
    with contextlib.suppress(ValueError, OSError, KeyError, TypeError):
        holder = json.loads(os.pread(handle, 4096, 0))
        who = f"another build (process {holder['pid']}, since {holder['since']})"
    return BusyError(
        f"{who} is running", at=Location(path), fix="wait for it, or use --wait SECONDS"
    )
