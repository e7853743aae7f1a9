"""What decides how a project is read: its files, folders and variables; and the record of an answer.

Room:  edge. Imports choice, errors, noop, project, salt. Reads the disk.
In:    a Project.  Out: Watched; records that `noop` reads.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from retention_pipeline.choice import SELECTORS
from retention_pipeline.errors import SALT_ENV
from retention_pipeline.noop import (
    forget_old_answers,
    may_be_remembered,
    record_path,
    write_record,
)
from retention_pipeline.project import Project
from retention_pipeline.salt import SALT_FILE

_ENV = re.compile(r"\benv_var\b")
_ENV_NAME = re.compile(r"\benv_var\s*\(\s*(['\"])(\w+)\1\s*[,)]")
_CHANCE = re.compile(rb"""\|\s*random\b|['"]random['"]|\blipsum\b""")
# a version of one of these is a folder written anew
_LIBRARIES = ("duckdb", "jinja2", "sqlglot", "yaml")
_READ = (".sql", ".py", ".yml", ".yaml", ".csv", ".md")
INPUTS = ("inputs_path", "input_locations", "adapters")


@dataclass(frozen=True, slots=True)
class Watched:
    """What decides how a project is read."""

    files: list[Path]
    absent: list[Path]  # files that would decide something if they were there
    folders: dict[Path, Sequence[str]]  # with the endings of the names that count
    env: list[str]
    is_by_chance: bool  # a template draws: each rendering may give another text


def watch(project: Project, more: Iterable[Path] = (), *, salt: bool = True) -> Watched | None:
    """Also `more`, there or not. None when a template computes the name of an environment variable.

    `salt`: the random one counts too, which decides what is built and nothing of how it is read.
    """
    read = [*project.folders, project.root / "tests" / "fixtures"]
    folders: dict[Path, Sequence[str]] = {p: _READ for p in read if p.suffix not in _READ}
    single = [project.root / SELECTORS, *(p for p in read if p not in folders)]
    found = [f for folder in folders for f in folder.rglob("*") if f.suffix in _READ]
    own = [project.profiles, *(path for path in (*single, *found) if path.is_file())]
    texts = [(file.suffix, file.read_bytes()) for file in own]
    names = _env_names(data for suffix, data in texts if suffix != ".md")
    if names is None:
        return None
    is_by_chance = any(_CHANCE.search(data) for suffix, data in texts if suffix != ".csv")
    package = Path(__file__).parent
    folders[package] = (".py", ".sql")
    files = [*own, *(f for f in package.rglob("*") if f.suffix in (".py", ".sql"))]
    for library in _LIBRARIES:
        spec = importlib.util.find_spec(library)
        if spec is not None and spec.origin:
            files.append(Path(spec.origin))
    kept = (*([project.root / SALT_FILE] if salt else ()), *more)
    files += [path for path in kept if path.exists()]
    absent = [
        path for path in (*kept, *single, *found) if not path.exists()
    ]  # links to nothing too
    return Watched(files, absent, folders, [*names, SALT_ENV], is_by_chance)


def day_of(project: Project) -> tuple[str | None, str | None]:
    """Time zone and date where as_of is today's, so that the answer holds for a day."""
    if "as_of" in project.cli_vars or not any(project.vars.get(name) for name in INPUTS):
        return None, None
    return str(project.vars.get("reporting_timezone", "UTC")), str(project.vars.get("as_of"))


def remember_answer(
    project: Project, lines: list[str], argv: Sequence[str], cwd: Path, began_ns: int
) -> None:
    """Write the record of what was printed, when the files of the project alone decide it."""
    if not may_be_remembered(argv) or project.profiles.resolve().parent != project.root:
        return
    watched = watch(project)
    if watched is None:
        return
    path = record_path(argv, cwd)
    zone, date = day_of(project)
    with suppress(OSError):
        write_record(
            path,
            argv,
            files=watched.files,
            outputs=(),
            absent=watched.absent,
            folders=watched.folders,
            env={name: project.environ.get(name) for name in watched.env},
            zone=zone,
            date=date,
            began_ns=began_ns,
            lines=lines,
            brief=lines,
        )
        forget_old_answers(path.parent)


def _env_names(texts: Iterable[bytes]) -> list[str] | None:
    """Names of the environment variables that templates read; None when one is computed."""
    found: set[str] = set()
    for data in texts:
        if b"env_var" in data:
            text = data.decode(errors="replace")
            named = [match[2] for match in _ENV_NAME.finditer(text)]
            if len(named) != len(_ENV.findall(text)):
                return None
            found |= set(named)
    return sorted(found)
