"""The git revision of a folder."""

from __future__ import annotations

import subprocess
from pathlib import Path

from retention_pipeline.publishing.revision import git_revision


def git(folder: Path, *words: str) -> str:
    names = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    done = subprocess.run(
        ["git", *names, *words], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def test_it_is_what_git_says(tmp_path: Path) -> None:
    root = tmp_path / "repo"
    (root / "below").mkdir(parents=True)
    git(root, "init", "--quiet")
    assert git_revision(root) is None
    git(root, "commit", "--allow-empty", "--quiet", "-m", "one")
    head = git(root, "rev-parse", "HEAD")
    assert git_revision(root / "below") == head
    git(root, "pack-refs", "--all")
    assert git_revision(root) == head
    git(root, "worktree", "add", "--quiet", "-b", "side", "../side")
    assert git_revision(tmp_path / "side") == head
    git(root, "checkout", "--quiet", head)
    assert git_revision(root) == head


def test_outside_a_repository_there_is_none(tmp_path: Path) -> None:
    assert git_revision(tmp_path) is None
