"""The git revision of a folder, read from .git itself: no process is started.

Room:  act. Imports nothing of ours.
In:    a folder.  Out: the commit that HEAD names, or None outside a repository.
"""

from __future__ import annotations

from pathlib import Path


def git_revision(folder: Path) -> str | None:
    """The commit id that is checked out in `folder` or above it."""
    for place in (folder, *folder.parents):
        dot_git = place / ".git"
        if dot_git.exists():
            try:
                return _head(_git_dir(dot_git))
            except (OSError, UnicodeDecodeError):
                return None
    return None


def _git_dir(dot_git: Path) -> Path:
    """A worktree has a file `.git` that names the folder."""
    if dot_git.is_dir():
        return dot_git
    named = dot_git.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
    return dot_git.parent / named


def _head(git: Path) -> str | None:
    head = (git / "HEAD").read_text(encoding="utf-8").strip()
    if not head.startswith("ref:"):
        return head or None
    ref = head.removeprefix("ref:").strip()
    common = git / "commondir"
    shared = git / common.read_text(encoding="utf-8").strip() if common.exists() else git
    for place in (git, shared):
        if (place / ref).is_file():
            return (place / ref).read_text(encoding="utf-8").strip() or None
    return _packed(shared / "packed-refs", ref)


def _packed(path: Path, ref: str) -> str | None:
    if not path.is_file():
        return None
    for line in path.read_text(encoding="utf-8").splitlines():
        commit, _, name = line.partition(" ")
        if name == ref:
            return commit
    return None
