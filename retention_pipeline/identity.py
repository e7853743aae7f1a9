"""Is this file still the one that was read? Cheap when nothing happened, certain when in doubt.

Room:  words. Imports nothing of ours. Reads the disk.
In:    paths, what was noted about them last time.  Out: content digests, and notes for next time.

Size, times and inode are believed only for a file that was already old when it was noted: a file
written in the same moment can change again without any of them showing it.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

# Coarsest time stamp of common file systems, with room to spare.
SETTLED_NS = 2_000_000_000
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class FileNote:
    """What was true of a file when its content was digested."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    digest: str
    noted_ns: int

    @property
    def is_settled(self) -> bool:
        """True when the file was old enough at noting that a later change shows."""
        return self.noted_ns - max(self.mtime_ns, self.ctime_ns) > SETTLED_NS

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def note(path: Path, known: FileNote | None = None) -> FileNote:
    """The file's note; its content is read only when `known` cannot vouch for it. Raises OSError."""
    stat = path.stat()
    if known is not None and known.is_settled and same_stat(path, known):
        return known
    noted = time.time_ns()
    content = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            content.update(block)
    return FileNote(
        size=stat.st_size,
        mtime_ns=stat.st_mtime_ns,
        ctime_ns=stat.st_ctime_ns,
        inode=stat.st_ino,
        digest=content.hexdigest(),
        noted_ns=noted,
    )


def same_stat(path: Path, known: FileNote) -> bool:
    """Size, both times and inode as noted."""
    stat = path.stat()
    return (stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino) == (
        known.size,
        known.mtime_ns,
        known.ctime_ns,
        known.inode,
    )


def from_dict(values: Mapping[str, Any]) -> FileNote:
    """The note that `as_dict` gave."""
    return FileNote(**{name: values[name] for name in FileNote.__slots__})
