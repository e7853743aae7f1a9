"""`pipeline source freshness`: how old the sources are that say how old they may be.

Room:  edge. Imports api, artifacts, choosing, engine, errors, source_ages,
       source_freshness, warehouse.
In:    Options, Choice, the moment.  Out: Ages; sources.json.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from retention_pipeline.api import Options, compile_
from retention_pipeline.artifacts import write_sources
from retention_pipeline.choice import Choice
from retention_pipeline.choosing import choose
from retention_pipeline.errors import EngineError, Location
from retention_pipeline.source_ages import source_ages
from retention_pipeline.source_freshness import Age
from retention_pipeline.warehouse import open_warehouse


def source_freshness(
    options: Options, choice: Choice, moment: datetime, output: Path | None
) -> list[Age]:
    """Ask them, and write the file. The database is opened for reading only."""
    compiled = compile_(options)
    chosen = choose(compiled, choice).ids
    path = compiled.project.target.path
    if path == ":memory:" or not Path(path).exists():
        raise EngineError("nothing is built yet", at=Location(path), fix="pipeline build")
    with open_warehouse(compiled, read_only=True) as engine:
        ages = list(source_ages(compiled, chosen, engine, moment))
    write_sources(compiled, ages, moment, output)
    return ages
