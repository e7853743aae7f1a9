"""Every touch of the file system that must survive a crash: flush, copy, link, replace, sweep.

Room:  act. Imports nothing of ours.
In:    paths.  Out: files that are whole or not there; OSError.

Files at work are called `<name>-<pid>.building`, so that whoever comes later knows a dead one.
A DuckDB file that this process has attached must not be opened here: closing a second handle
drops the lock that protects it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

_PID = re.compile(r"-(\d+)\.building")
_CHUNK = 1 << 30
_NO_FAST_COPY = {errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM}


def building_path(path: Path) -> Path:
    """Where this process prepares what will become `path`."""
    return path.with_name(f"{path.stem}-{os.getpid()}.building")


def flush(path: Path) -> None:
    """Force a file's or a folder's content to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def copy_file(source: Path, target: Path) -> None:
    """Copy content: by reference where the file system can, else inside the kernel."""
    fast: Callable[[int, int, int], int] | None = getattr(os, "copy_file_range", None)
    if fast is not None:
        try:
            with source.open("rb") as left, target.open("wb") as right:
                while fast(left.fileno(), right.fileno(), _CHUNK):
                    pass
            if target.stat().st_size == source.stat().st_size:
                return
        except OSError as error:
            if error.errno not in _NO_FAST_COPY:
                raise
    shutil.copyfile(source, target)


def link_or_copy(source: Path, target: Path) -> None:
    """Give a file a second name; a copy with the same times where links are not to be had."""
    if target.exists():
        return
    try:
        os.link(source, target)
    except OSError:
        part = building_path(target)
        copy_file(source, part)
        shutil.copystat(source, part)
        flush(part)
        part.replace(target)


def put_in_place(building: Path, path: Path) -> None:
    """Flush the finished file and give it its name; the folder is the caller's to flush.

    Nobody may write to it.
    """
    building.chmod(building.stat().st_mode & 0o444)
    flush(building)
    set_aside_log(path)
    building.replace(path)


def log_of(path: Path) -> Path:
    """The write-ahead log of a DuckDB file; ours never have one."""
    return path.with_name(path.name + ".wal")


def set_aside_log(path: Path) -> None:
    """Move a log that a stranger left away: it would be replayed into the next file."""
    log = log_of(path)
    if log.exists():
        log.replace(path.with_name(path.name + ".wal.orphan"))


def forget_logs(path: Path) -> None:
    """Remove the logs of strangers that were moved away from this file."""
    for log in path.parent.glob(f"{path.name}.wal.orphan*"):
        log.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Replace a small text file atomically."""
    part = building_path(path)
    try:
        part.write_text(text, encoding="utf-8")
        flush(part)
        part.replace(path)
    except OSError:
        discard(part)
        raise


def discard(building: Path) -> None:
    """Remove an unfinished file and what belongs to it; never an error."""
    for path in (building, log_of(building)):
        with contextlib.suppress(OSError):
            path.unlink()
    with contextlib.suppress(OSError):
        if building.is_dir():
            shutil.rmtree(building)


def sweep(folder: Path) -> None:
    """Remove what died with its process: files and folders called `*-<pid>.building*`.

    Our own pid counts as dead: nothing of ours is at work yet, and in a container the builds of
    yesterday and today often have the same one.
    """
    for left in folder.glob("*-*.building*"):
        found = _PID.search(left.name)
        if found and (int(found[1]) == os.getpid() or not is_alive(int(found[1]))):
            if left.is_dir() and not left.is_symlink():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink(missing_ok=True)


def is_alive(pid: int) -> bool:
    """True while there is a process of this number, ours or another's."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def reason_of(error: OSError) -> str:
    """What happened, in the system's words, and to which file."""
    where = f": {error.filename}" if error.filename else ""
    return f"{error.strerror or error}{where}"
