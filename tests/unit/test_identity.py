"""When a file's size, times and inode are believed, and when its content is read."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from retention_pipeline import identity
from retention_pipeline.identity import FileNote, from_dict, note, same_stat

TICK_NS = 30_000_000  # stands for the two seconds: file systems of today count in milliseconds


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that was written a while ago."""
    monkeypatch.setattr(identity, "SETTLED_NS", TICK_NS)
    path = tmp_path / "inputs" / "orders.csv"
    path.parent.mkdir()
    path.write_text("one")
    later()
    return path


def later() -> None:
    time.sleep(2 * TICK_NS / 1e9)


def rewrite(path: Path) -> None:
    path.write_text("two")


def rewrite_and_restore_times(path: Path) -> None:
    before = path.stat()
    path.write_text("two")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def move_another_over_it(path: Path) -> None:
    """`mv` keeps the time stamp of what it moves."""
    before, other = path.stat(), path.with_name("other")
    other.write_text("two")
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.rename(path)


def copy_another_over_it(path: Path) -> None:
    """`cp -p` writes into the same inode and then sets the old time stamp."""
    before, other = path.stat(), path.with_name("other")
    other.write_text("two")
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    shutil.copy2(other, path)


def swap_its_folder(path: Path) -> None:
    aside = path.parent.parent / "aside"
    shutil.copytree(path.parent, aside)
    (aside / path.name).write_text("two")
    before = path.stat()
    os.utime(aside / path.name, ns=(before.st_atime_ns, before.st_mtime_ns))
    path.parent.rename(path.parent.parent / "old")
    aside.rename(path.parent)


def link_to_another(path: Path) -> None:
    before, other = path.stat(), path.with_name("other")
    other.write_text("two")
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    path.unlink()
    path.symlink_to(other)


TRICKS = [
    rewrite,
    rewrite_and_restore_times,
    move_another_over_it,
    copy_another_over_it,
    swap_its_folder,
    link_to_another,
]


@pytest.mark.parametrize("wait", [True, False], ids=["later", "at once"])
@pytest.mark.parametrize("trick", TRICKS)
def test_another_content_of_the_same_size_is_seen(
    file: Path, trick: Callable[[Path], None], wait: bool
) -> None:
    if not wait:  # the file is as new as its note: nothing about it can be believed
        file.write_text("one")
    known = note(file)
    assert known.is_settled == wait
    trick(file)
    assert note(file, known).digest != known.digest


def test_a_settled_file_is_not_read_again(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = note(file)
    monkeypatch.setattr(Path, "open", None)
    assert note(file, known) is known


def test_a_touched_file_is_read_and_is_the_same(file: Path) -> None:
    known = note(file)
    os.utime(file)
    assert not same_stat(file, known)
    assert note(file, known).digest == known.digest


def test_a_file_from_the_future_is_always_read(file: Path) -> None:
    os.utime(file, ns=(2**62, 2**62))
    later()
    assert not note(file).is_settled


def test_a_file_that_changes_while_it_is_read_is_read_again(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The note holds what was true before reading: what happened meanwhile shows in the next."""
    opened = Path.open

    def slow(path: Path, mode: str) -> object:
        handle = opened(path, mode)
        with opened(path, "w") as other:
            other.write("two")
        return handle

    monkeypatch.setattr(Path, "open", slow)
    known = note(file)
    monkeypatch.undo()
    assert not same_stat(file, known)


def test_a_note_survives_its_text(file: Path) -> None:
    known = note(file)
    assert from_dict(known.as_dict()) == known
    assert isinstance(known, FileNote)
