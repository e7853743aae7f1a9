"""The working database of a project, opened with the salt that its models hash with.

Room:  act. Imports compiled, engine, salt.
In:    Compiled.  Out: an open Engine; a sentence when the salt is one that nobody gave.
"""

from __future__ import annotations

from retention_pipeline.compiled import Compiled
from retention_pipeline.engine import Engine
from retention_pipeline.errors import SALT_ENV
from retention_pipeline.salt import SALT_FILE, is_random, salted, uses_salt


def open_warehouse(compiled: Compiled, *, read_only: bool = False) -> Engine:
    """Open it. A random salt is drawn when models hash, none is given, and we may write.

    Raises CommandError for a salt that can be guessed, EngineError when it cannot be opened.
    """
    project, target = compiled.project, compiled.project.target
    if _hashes(compiled):
        target = salted(target, project.environ, project.root, make=not read_only)
    return Engine.of(target, read_only=read_only)


def salt_notice(compiled: Compiled) -> str:
    """One line for builds whose hashes depend on this project's random salt; else ''."""
    project = compiled.project
    if not _hashes(compiled) or not is_random(project.target, project.environ):
        return ""
    return f"{SALT_ENV} is not set: identifiers are hashed with the random salt in {SALT_FILE}"


def _hashes(compiled: Compiled) -> bool:
    return any(uses_salt(model.sql) for model in compiled.models.values())
