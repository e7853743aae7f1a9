"""The small dbt projects of tests/dbt_projects, copied and built."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path
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


def copied(name: str, into: Path) -> Built:
    """A copy of tests/dbt_projects/`name`."""
    root = into / name
    shutil.copytree(CHECKOUT / "tests/dbt_projects" / name, root)
    return Built(root)
