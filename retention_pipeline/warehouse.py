"""The working database of a project, opened with the salt that its models hash with.

Room:  act. Imports compiled, engine, engines.opening, salt.
In:    Compiled.  Out: an open Engine; a sentence when the salt is one that nobody gave.
"""

from __future__ import annotations

from pathlib import Path

from retention_pipeline.compiled import Compiled
from retention_pipeline.engine import Engine, EngineFault
from retention_pipeline.engines.opening import open_engine
from retention_pipeline.errors import SALT_ENV, PipelineError
from retention_pipeline.nodes import Relation
from retention_pipeline.salt import SALT_FILE, is_random, salted, uses_salt


def open_warehouse(compiled: Compiled, *, read_only: bool = False) -> Engine:
    """Open it. A random salt is drawn when models hash, none is given, and we may write.

    Raises CommandError for a salt that can be guessed, EngineError when it cannot be opened.
    """
    project, target = compiled.project, compiled.project.target
    if _hashes(compiled):
        target = salted(target, project.environ, project.root, make=not read_only)
    return open_engine(compiled, target, read_only=read_only)


def outside_columns(compiled: Compiled) -> dict[Relation, dict[str, str]]:
    """Columns of the sources that others write, as the database has them now.

    Nothing of what is not there, or of a database that cannot be opened now.
    """
    outside = {
        compiled.relations[uid]
        for uid, source in compiled.sources.items()
        if not source.is_contract and not source.location
    }
    outside -= {compiled.relations[uid] for uid in compiled.seeds}
    path = compiled.project.target.path
    if not outside or not Path(path).is_file():
        return {}
    try:
        with open_warehouse(compiled, read_only=True) as engine:
            return {
                relation: engine.columns(relation)
                for relation in outside & engine.relations().keys()
            }
    except (PipelineError, EngineFault):
        return {}


def salt_notice(compiled: Compiled) -> str:
    """One line for builds whose hashes depend on this project's random salt; else ''."""
    project = compiled.project
    if not _hashes(compiled) or not is_random(project.target, project.environ):
        return ""
    return f"{SALT_ENV} is not set: identifiers are hashed with the random salt in {SALT_FILE}"


def _hashes(compiled: Compiled) -> bool:
    return any(uses_salt(model.sql) for model in compiled.models.values())
