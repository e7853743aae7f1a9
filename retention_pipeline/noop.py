"""Nothing changed since the last build, or the last answer? Then say so before anything is imported.

Room:  read. Imports identity. Standard library only: this runs before typer, DuckDB and Jinja.
In:    the command line, the record that the same one left.  Out: lines to print, or None.

The record names every file that decided the answer, with size, times and inode, and every folder
with what was in it. One thing that differs, or cannot be vouched for, and the full way is taken.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from retention_pipeline.identity import SETTLED_NS

FORMAT = 2
FOLDER = ".pipeline"
# Flags that ask for more than "is it up to date?".
_ASKS_MORE = (
    "-f",
    "--full-refresh",
    "--retest",
    "--no-publish",
    "--dry-run",
    "-s",
    "--select",
    "--exclude",
    "--selector",
    "--state",
    "--resource-type",
    "--exclude-resource-type",
    "--defer",
    "--favor-state",
    "--empty",
    "--warn-error",
    "--log-format",
    "--junit",
)
# Of an answer: what looks at another place.
_LOOKS_ELSEWHERE = ("--state", "--defer", "--favor-state")
_ASKS = {
    "build": _ASKS_MORE,
    "ls": _LOOKS_ELSEWHERE,
    "list": _LOOKS_ELSEWHERE,
    "check": (),
    "lineage": (),
}
_KEPT = 12  # records of answers other than a build's: there is one for each way to ask
_QUIET = frozenset({"-q", "--quiet"})


def try_skip(
    argv: Sequence[str], cwd: Path, environ: Mapping[str, str], today: Callable[[str], str]
) -> list[str] | None:
    """Lines of the last build when this one would do nothing, or of an answer; None if not certain.

    `today(zone)` gives the date, for builds whose as_of is the start of today.
    """
    if not may_be_remembered(argv):
        return None
    path = record_path(argv, cwd)
    try:
        record = json.loads(path.read_bytes())
        if record["format"] != FORMAT or record["argv"] != _plain(argv):
            return None
        if not same_environment(record["env"], record["nonce"], environ):
            return None
        zone = record["zone"]
        if zone is not None and today(zone) != record["date"]:
            return None
        if not (_same_folders(record["folders"]) and _same_files(record)):
            return None
        lines: list[str] = record["brief" if _QUIET & set(argv) else "lines"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return lines


def record_path(argv: Sequence[str], cwd: Path) -> Path:
    """Where the record of this command line stands: in the project's folder."""
    folder = cwd
    words = list(argv)
    for index, word in enumerate(words):
        if word == "--project-dir" and index + 1 < len(words):
            folder = cwd / words[index + 1]
        elif word.startswith("--project-dir="):
            folder = cwd / word.partition("=")[2]
    name = hashlib.sha256(json.dumps([_plain(argv), str(cwd)]).encode()).hexdigest()[:16]
    return folder / FOLDER / f"last-{argv[0]}-{name}.json"


def forget_records(root: Path) -> None:
    """Remove all records: they repeat what a build printed, and it may have named somebody."""
    for record in (root / FOLDER).glob("last-*.json"):
        record.unlink(missing_ok=True)


def may_be_remembered(argv: Sequence[str]) -> bool:
    """True for a command line whose answer the files of the project decide."""
    return bool(argv) and argv[0] in _ASKS and not any(_asks_more(w, argv[0]) for w in argv)


def forget_old_answers(folder: Path) -> None:
    """Keep the newest records of what is asked in many ways."""
    records = sorted(folder.glob("last-[!b]*.json"), key=lambda r: r.stat().st_mtime, reverse=True)
    for record in records[_KEPT:]:
        record.unlink(missing_ok=True)


def write_record(
    path: Path,
    argv: Sequence[str],
    *,
    files: Iterable[Path],
    outputs: Iterable[Path],
    absent: Iterable[Path] = (),
    folders: Mapping[Path, Sequence[str]],
    env: Mapping[str, str | None],
    zone: str | None,
    date: str | None,
    began_ns: int,
    lines: list[str],
    brief: list[str],
) -> None:
    """Remember a whole, successful build. `outputs` are files that the build itself wrote,
    `absent` files that would have mattered."""
    nonce = os.urandom(16).hex()
    document = {
        "format": FORMAT,
        "argv": _plain(argv),
        "env": {name: secret_digest(value, nonce) for name, value in env.items()},
        "nonce": nonce,
        "zone": zone,
        "date": date,
        "began_ns": began_ns,
        "files": {str(file): _stat(file) for file in files},
        "absent": [str(file) for file in absent],
        "outputs": {str(file): _stat(file) for file in outputs},
        "folders": [
            [str(folder), list(names), listing(folder, names)] for folder, names in folders.items()
        ],
        "lines": lines,
        "brief": brief,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    for left in path.parent.glob(f".{path.name}.*"):
        left.unlink(missing_ok=True)  # a build that was killed
    part.write_text(json.dumps(document), encoding="utf-8")
    part.replace(path)


def _plain(argv: Sequence[str]) -> list[str]:
    return [word for word in argv if word not in _QUIET]


def _asks_more(word: str, command: str) -> bool:
    return any(word == flag or word.startswith(f"{flag}=") for flag in _ASKS[command])


def secret_digest(value: str | None, nonce: str) -> str | None:
    """Says whether a value is the same as then, and nothing else: it may be a secret."""
    if value is None:
        return None
    return hashlib.scrypt(value.encode(), salt=nonce.encode(), n=1024, r=8, p=1).hex()


def same_environment(recorded: Mapping[str, Any], nonce: str, environ: Mapping[str, str]) -> bool:
    return all(
        secret_digest(environ.get(name), nonce) == digest for name, digest in recorded.items()
    )


def _stat(path: Path | str) -> list[int]:
    stat = os.stat(path)  # noqa: PTH116 - hundreds of calls, before anything else is imported
    return [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]


def _same_files(record: Mapping[str, Any]) -> bool:
    """Every file as recorded, and old enough then that a later change shows."""
    if any(Path(path).exists() for path in record["absent"]):
        return False
    limit = record["began_ns"] - SETTLED_NS
    for path, known in record["files"].items():
        if max(known[1], known[2]) > limit or _stat(path) != known:
            return False
    return all(_stat(path) == known for path, known in record["outputs"].items())


def _same_folders(recorded: Sequence[Any]) -> bool:
    return all(listing(Path(folder), suffixes) == names for folder, suffixes, names in recorded)


def listing(folder: Path, suffixes: Sequence[str]) -> list[str]:
    """Relative names of the files below a folder that end in one of `suffixes`."""
    found: list[str] = []
    stack = [str(folder)]
    while stack:
        current = stack.pop()
        try:
            entries = list(os.scandir(current))
        except OSError:
            continue
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                stack.append(entry.path)
            elif entry.name.endswith(tuple(suffixes)):
                found.append(os.path.relpath(entry.path, folder))
    return sorted(found)
