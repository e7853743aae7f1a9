"""After any sequence of edits the next build leaves what a build from nothing leaves.

And a build right after it runs nothing. Builds are also cut off in the middle, restricted to a
selection, or fail; the one at the end of a sequence is whole.
"""

from __future__ import annotations

from _thread import interrupt_main
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import duckdb
from hypothesis import given, note
from hypothesis import strategies as st

from retention_pipeline.api import Flags, Options, execute
from retention_pipeline.engine import Engine
from retention_pipeline.errors import PipelineError
from retention_pipeline.events import Results, Status
from retention_pipeline.plan import Command
from tests.properties.edits import EDITS, Draft

Tables = Mapping[str, tuple[list[tuple[Any, ...]], list[str]]]


def build(root: Path, database: Path, *include: str, publish: bool = False) -> Results:
    options = Options(project_dir=root, environ={"SHOP_WAREHOUSE": str(database)})
    return execute(Command.BUILD, options, include, flags=Flags(publish=publish))


def content(database: Path) -> Tables:
    """Columns with types, and rows in no order, of every table and view."""
    with duckdb.connect(str(database), read_only=True) as con:
        names = con.execute(
            "select table_schema || '.' || table_name from information_schema.tables"
            " where table_schema in ('raw', 'work', 'marts') and table_name <> 'rejected_rows'"
        ).fetchall()
        return {
            name: (
                [row[:2] for row in con.execute(f"describe {name}").fetchall()],
                rows(con, name),
            )
            for (name,) in names
        }


def rows(con: duckdb.DuckDBPyConnection, name: str) -> list[str]:
    try:
        return sorted(map(repr, con.execute(f"select * from {name}").fetchall()))
    except duckdb.Error as error:
        return [str(error)]  # a view with a column that nobody reads may be broken


class CutOffError(Exception):
    """The process dies here, as far as the database can tell."""


@contextmanager
def stopped(after: int, how: str) -> Iterator[None]:
    """Cut off at a commit: what it would have committed is not. Or press Ctrl-C there."""
    transaction = Engine.transaction
    left = [after]

    @contextmanager
    def stopping(self: Engine) -> Iterator[None]:
        with transaction(self):
            yield
            left[0] -= 1
            if self.path != ":memory:" and left[0] == -1 and how == "interrupted":
                interrupt_main()
            if self.path != ":memory:" and left[0] < 0 and how == "cut off":
                raise CutOffError

    with patch.object(Engine, "transaction", stopping):
        yield


def edit_and_build(draft: Draft, random: Random, root: Path, database: Path) -> None:
    """One or two edits, then a build that is whole, partial, cut off, or left out."""
    for _ in range(random.choice([1, 1, 2])):
        note(random.choice(EDITS)(draft, random, root))
    draft.write(root)
    how = random.choice(["whole", "whole", "partial", "cut off", "interrupted", "none"])
    note(f"  build: {how}")
    try:
        if how == "whole":
            build(root, database)
        elif how == "partial":
            there = [name for name, node in draft.models.items() if node.is_there]
            build(root, database, random.choice(["{}", "+{}", "{}+"]).format(random.choice(there)))
        elif how != "none":
            with stopped(random.randrange(12), how):
                build(root, database)
    except (CutOffError, KeyboardInterrupt, PipelineError) as error:
        note(f"  {type(error).__name__}")


@given(st.lists(st.integers(0, 2**32), min_size=1, max_size=4))
def test_a_build_after_edits_is_a_build_from_nothing(seeds: list[int]) -> None:
    with TemporaryDirectory() as folder:
        root, database = Path(folder), Path(folder) / "warehouse/build.duckdb"
        draft = Draft()
        draft.write(root)
        build(root, database)
        for seed in seeds:
            edit_and_build(draft, Random(seed), root, database)
        try:
            fresh = build(root, Path(folder) / "fresh/build.duckdb")
        except PipelineError:
            return  # the edits made a project that does not compile
        done = build(root, database)
        for step in done.steps:
            note(f"{step.status} {step.name} ({step.message})")
        assert done.ok == fresh.ok
        if not done.ok:
            return
        after, wanted = content(database), content(Path(folder) / "fresh/build.duckdb")
        assert after.keys() == wanted.keys()
        for name, table in wanted.items():
            assert after[name] == table, name
        again = build(root, database)
        assert {s.status for s in again.steps} == {Status.REUSED}
