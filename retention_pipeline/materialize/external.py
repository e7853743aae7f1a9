"""External models: a file or a folder of files, and a view that reads it.

Room:  act. Imports compiled, engine, errors, materialize, nodes. Writes the disk.
In:    Work, inside a transaction.  Out: Built. The files are written beside the old ones and take
their place in one step: whoever reads them sees the old content or the new.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from retention_pipeline.compiled import Compiled
from retention_pipeline.engine import Built
from retention_pipeline.materialize.external_settings import External, external_files, read_external
from retention_pipeline.materialize.work import Work
from retention_pipeline.nodes import Relation
from retention_pipeline.quoting import quote


def make_external(work: Work) -> Built:
    """Write, check that it can be read, put it in place, make the view."""
    model, project = work.model, work.project
    how = read_external(model.config, work.relation, project.target, project.root, work.at)
    part = how.location if how.is_remote else f"{how.path.parent}/.{os.getpid()}.{how.path.name}"
    try:
        if not how.is_remote:
            how.path.parent.mkdir(parents=True, exist_ok=True)
            _remove(Path(part))
        rows = int(work.engine.query(f"copy (\n{model.sql}\n) {how.copy(part)}", 1)[0][0])
        reading = _reading(work, how)
        work.query(f"describe {reading(part, rows)}")
        if not how.is_remote:
            _swap(Path(part), how.path)
    except OSError as error:
        raise work.fault(f"cannot write {how.location}: {error.strerror}") from None
    finally:
        if not how.is_remote:
            with contextlib.suppress(OSError):
                _remove(Path(part))
    if work.was == "table":
        work.query(f"drop table {work.relation}")
    work.query(f"create or replace view {work.relation} as {reading(how.location, rows)}")
    return Built(rows, True, f"written to {how.location}")


def gone_files(compiled: Compiled) -> set[Relation]:
    """Relations of external models whose files are no longer there."""
    return {relation for relation, path in external_files(compiled).items() if not path.exists()}


class _Reading:
    """The query of the view: the file's columns with the types of the model's own query."""

    def __init__(self, how: External, types: Mapping[str, str]) -> None:
        self.how, self.types = how, types

    def __call__(self, place: str, rows: int) -> str:
        if not rows and self.how.is_folder:  # no partition, no file
            columns = ", ".join(f"cast(null as {t}) as {quote(n)}" for n, t in self.types.items())
            return f"select {columns} where false"
        casts = ", ".join(f"cast({quote(n)} as {t}) as {quote(n)}" for n, t in self.types.items())
        return f"select {casts} from {self.how.read(place, self.types)}"


def _reading(work: Work, how: External) -> _Reading:
    rows = work.engine.query(f"describe\n{work.model.sql}", 1)
    return _Reading(how, {row[0]: row[1] for row in rows})


def _swap(part: Path, into: Path) -> None:
    if not part.exists():  # an empty folder
        part.mkdir()
    if into.is_dir():
        old = into.with_name(f".{os.getpid()}.old.{into.name}")
        into.rename(old)
        try:
            part.rename(into)
        except OSError:
            old.rename(into)
            raise
        _remove(old)
    else:
        part.replace(into)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
