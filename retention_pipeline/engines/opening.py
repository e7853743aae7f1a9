"""Which engine a target has: the one place that asks.

Room:  act. Imports compiled, engine, profile; engines.spark only for a target that names a server.
In:    Compiled, a Target.  Out: an open Engine; what a target cannot build, before anything runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from retention_pipeline.compiled import Compiled
from retention_pipeline.engine import Engine
from retention_pipeline.profile import Target


def open_engine(compiled: Compiled, target: Target, *, read_only: bool = False) -> Engine:
    """Open it. Raises EngineError when it cannot be opened."""
    if target.server is None:
        return Engine.of(target, read_only=read_only)
    from retention_pipeline.engines.spark.house import SparkHouse

    return SparkHouse(compiled, target, read_only=read_only)


def demand_possible(compiled: Compiled, types: Mapping[str, Mapping[str, str]]) -> None:
    """Raise what the project's target cannot build, all of it at once."""
    if compiled.project.target.server is None:
        return
    from retention_pipeline.engines.spark.cache import Translations
    from retention_pipeline.engines.spark.portable import tables_of, translate_all

    path = Path(compiled.project.target.path).with_suffix(".spark.json")
    translate_all(compiled, types, Translations(tables_of(compiled, types), path))
