"""The small dbt projects of tests/dbt_projects, copied and built."""

from __future__ import annotations

import atexit
import hashlib
import shutil
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from retention_pipeline.api import Command, Flags, Options, execute
from retention_pipeline.events import Event, Notice, Results, Status
from tests.conftest import CHECKOUT


@dataclass
class Built:
    """A copy of one project."""

    root: Path
    told: str = field(default="")

    @property
    def database(self) -> Path:
        return self.root / "target/build.duckdb"

    def build(
        self,
        *select: str,
        full_refresh: bool = False,
        command: Command = Command.BUILD,
        threads: int | None = None,
        **values: Any,
    ) -> Results:
        """Build with these vars; what was noticed is in `told`."""
        said: list[str] = []

        def listen(event: Event) -> None:
            if isinstance(event, Notice):
                said.append(event.text)

        options = Options(project_dir=self.root, environ={}, vars=values, threads=threads)
        flags = Flags(full_refresh=full_refresh)
        results = execute(command, options, include=select, listen=listen, flags=flags)
        failed = [f"{s.name}: {s.message}" for s in results.steps if s.status is Status.FAILED]
        self.told = "\n".join([*said, *failed])
        return results

    def write(self, path: str, text: str) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def edit(self, path: str, old: str, new: str) -> None:
        text = (self.root / path).read_text()
        assert old in text, f"{old!r} is not in {path}"
        self.write(path, text.replace(old, new, 1))

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.database), read_only=True) as con:
            return con.execute(sql).fetchall()

    def rows(self, name: str) -> list[tuple[Any, ...]]:
        """All rows of a relation, sorted."""
        return self.query(f"from {name} order by all")


@cache
def _shelf() -> Path:
    """A folder for projects as they were after some days, gone at the end of this process."""
    place = TemporaryDirectory(prefix="after_")
    atexit.register(place.cleanup)
    return Path(place.name)


def after(project: Built, *days: int) -> Built:
    """Build with var `day` for each of these days.

    What an untouched project is after the first days is made once in a process, and copied.
    """
    first = None if project.database.exists() else _content(project.root)
    places = [_shelf() / f"{first}-{'-'.join(map(str, days[:n]))}" for n in range(len(days) + 1)]
    known = [n for n in range(1, len(days) + 1) if first and places[n].exists()]
    if known:
        shutil.copytree(places[known[-1]], project.root, dirs_exist_ok=True)
    for n in range(known[-1] if known else 0, len(days)):
        assert project.build(day=days[n]).ok, project.told
        if first:
            shutil.copytree(project.root, places[n + 1])
    return project


def _content(root: Path) -> str:
    """A digest of every file."""
    content = hashlib.sha256()
    for path in sorted(p for p in root.rglob("*") if p.is_file()):
        content.update(f"{path.relative_to(root)}\0".encode() + path.read_bytes() + b"\0")
    return content.hexdigest()


def copied(name: str, into: Path) -> Built:
    """A copy of tests/dbt_projects/`name`."""
    root = into / name
    shutil.copytree(CHECKOUT / "tests/dbt_projects" / name, root)
    return Built(root)
