"""The texts of a project's files, and how their places are shown.

Room:  read. Imports errors. Reads the disk.
In:    paths.  Out: text; ProjectError for what is no text.
"""

from __future__ import annotations

import os
from pathlib import Path

from retention_pipeline.errors import Location, ProjectError


def shown(path: Path) -> Path:
    """A path as users see it: relative to where the command runs, if it can be."""
    try:
        return path.relative_to(Path.cwd())
    except ValueError:
        return path


def files_below(folder: Path) -> list[str]:
    """Names of all files below a folder, but for hidden ones and what is in hidden folders."""
    found: list[str] = []
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [os.path.join(place, name) for name in files if not name.startswith(".")]  # noqa: PTH118
    return found


def link_to_nothing(path: Path) -> ProjectError:
    """What to say of a link whose file is gone: to leave a model out in silence is no answer."""
    return ProjectError(
        f"a link to a file that is not there: {path.readlink()}",
        at=Location(path),
        fix="bring that file back, or remove the link",
    )


def read_text(path: Path) -> str:
    """A file as text. Raises ProjectError at the line that is not UTF-8."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise ProjectError(
            "not UTF-8 text", at=Location(path, line), fix="save the file as UTF-8"
        ) from None
    except OSError as error:
        raise ProjectError(f"cannot be read: {error.strerror}", at=Location(path)) from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise ProjectError(
            "holds a NUL byte", at=Location(path, line), fix="save the file as plain UTF-8 text"
        )
    return text
