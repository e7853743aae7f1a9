"""A working database with a few marts, and the published file beside it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from retention_pipeline.engine import Engine
from retention_pipeline.nodes import Relation
from retention_pipeline.publishing.database import publish
from retention_pipeline.publishing.values import BuildInfo, Mart, Publication, TestRow

MEASURES = {"orders": "Number of orders.", "customer_id": "The customer."}


@dataclass
class Shelf:
    """Change marts with `put`, then `publish`; every put gives the mart a new data version."""

    folder: Path
    engine: Engine
    marts: dict[str, Mart] = field(default_factory=dict)
    builds: int = 0
    as_of: str = "2024-06-01"
    tests: tuple[TestRow, ...] = (
        TestRow("one_row_each", "data test", "ok", 0, "", "customers"),
        TestRow("nearly", "data test", "warn", 3, "3 failing rows", "orders"),
    )

    @property
    def path(self) -> Path:
        return self.folder / "retention.duckdb"

    @property
    def document(self) -> dict[str, Any]:
        """published.json."""
        found: dict[str, Any] = json.loads((self.folder / "published.json").read_text())
        return found

    def put(self, name: str, sql: str, version: str | None = None, **words: Any) -> None:
        """Make or replace a mart."""
        relation = Relation("marts", name)
        self.engine.query(f"create or replace table {relation} as {sql}")
        count = len(self.marts) + self.builds
        self.marts[name] = Mart(
            name,
            relation,
            version or f"{name}-{count}-{sql}",
            words.get("description", f"One row of {name}."),
            words.get("columns", MEASURES),
        )

    def info(self, build_id: str | None = None) -> BuildInfo:
        """The next build."""
        self.builds += 1
        return BuildInfo(
            build_id or f"b{self.builds:03}",
            self.as_of,
            datetime(2024, 6, 1, 12, 0, self.builds % 60, tzinfo=UTC),
            "c0ffee",
            "shop",
            "2.0.0",
            "0.1.0",
            self.tests,
        )

    def publish(self, build_id: str | None = None, keep: int = 3, **flags: Any) -> Publication:
        """Publish all marts as the next build."""
        info = self.info(build_id)
        return publish(self.engine, list(self.marts.values()), info, self.path, keep, **flags)

    def read(self, sql: str, path: Path | None = None) -> list[tuple[Any, ...]]:
        """Rows of the published file, read as BI does."""
        with duckdb.connect(str(path or self.path), read_only=True) as reader:
            return reader.execute(sql).fetchall()

    def published_tables(self) -> dict[str, tuple[int, str]]:
        """Mart -> rows and the build that last changed it."""
        rows = self.read("select table_name, rows, build_id from marts.published_tables")
        return {name: (count, build) for name, count, build in rows}

    def files(self) -> list[str]:
        """Every file below the folder."""
        found = (p for p in self.folder.rglob("*") if p.is_file())
        return sorted(str(p.relative_to(self.folder)) for p in found)


@contextmanager
def shelf(folder: Path) -> Iterator[Shelf]:
    """A shelf with three marts, nothing published."""
    folder.mkdir(parents=True, exist_ok=True)
    with Engine(":memory:") as engine:
        engine.query("create schema marts")
        made = Shelf(folder, engine)
        made.put("customers", "select 'ann' as customer_id, 2 as orders")
        made.put("orders", "select range as order_id, 'ann' as customer_id from range(3)")
        made.put("months", "select date '2024-05-01' as month, cast(1.5 as decimal(18, 4)) as sum")
        yield made


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A file system of its own; for root on Linux only."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True, capture_output=True)


def can_mount() -> bool:
    """True where `small_disk` works."""
    import os
    import tempfile

    if os.geteuid() != 0:
        return False
    with tempfile.TemporaryDirectory() as folder:
        try:
            with small_disk(Path(folder) / "disk", 1):
                return True
        except (OSError, subprocess.CalledProcessError):
            return False
