"""The report, for Python callers: the published marts as one HTML page.

Room:  edge. Imports api and the rooms below.
In:    Options, a file to write, a day.  Out: Written; PipelineError kinds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from importlib.util import find_spec
from pathlib import Path

from retention_pipeline.api import open_project
from retention_pipeline.engine import Engine
from retention_pipeline.errors import CommandError, EngineError, Location
from retention_pipeline.options import Options
from retention_pipeline.targets import not_published, read_targets

EXTRA = "vl_convert"


@dataclass(frozen=True, slots=True)
class Written:
    """A report on disk."""

    path: Path
    bytes: int
    as_of: date
    build_id: str


def report(options: Options, out: Path | None = None, as_of: date | None = None) -> Written:
    """Write the report of the published file; what was there is replaced in one step.

    Reads the published file only, read-only. Raises CommandError without the extra `report`, for a place that
    is no file, and for an `as_of` later than the build's.
    """
    if find_spec(EXTRA) is None:
        raise CommandError(
            "the report needs vl-convert, which is not installed",
            fix='pip install "retention_pipeline[report]"',
        )
    project = open_project(options)
    path = read_targets(project).file
    if not path.exists():
        raise not_published(project)
    place = out if out is not None else path.with_name("report.html")
    _check(place, path)
    from retention_pipeline.reporting.page import render
    from retention_pipeline.reporting.published import Published

    with Engine(str(path), read_only=True) as engine:
        data = Published(engine, path, as_of)
        text = render(data)
    _write(place, text)
    return Written(place, len(text.encode()), data.as_of, data.build.build_id)


def _check(place: Path, published: Path) -> None:
    if place.is_dir() or place.name in ("", "-"):
        raise CommandError(
            f"--out '{place}' is no place for a file", fix=f"--out {place / 'report.html'}"
        )
    if place.resolve() == published.resolve() or place.suffix == ".duckdb":
        raise CommandError(f"--out '{place}' would replace a database", fix="--out report.html")
    if not place.parent.is_dir():
        raise CommandError(f"--out: there is no folder '{place.parent}'", fix="make it first")


def _write(place: Path, text: str) -> None:
    aside = place.with_name(f".{place.name}.building")
    try:
        aside.write_text(text, encoding="utf-8", newline="\n")
        aside.replace(place)
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise EngineError(f"cannot write: {error.strerror}", at=Location(place)) from None
