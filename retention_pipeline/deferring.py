"""--defer: read what is neither chosen nor built here where an earlier run has it.

Room:  act. Imports choice, compiled, compiler, elsewhere, engine, errors, events, nodes, warehouse.
In:    Compiled, Choices, an Engine.  Out: Compiled whose refs say so; notices.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from retention_pipeline.choice import Choice, Choices
from retention_pipeline.compiled import Compiled
from retention_pipeline.compiler import compile_project
from retention_pipeline.elsewhere import Elsewhere
from retention_pipeline.engine import Engine
from retention_pipeline.errors import EngineError, Location
from retention_pipeline.events import Listen, Notice
from retention_pipeline.plan import ephemeral_models
from retention_pipeline.warehouse import open_warehouse


@contextmanager
def readable(
    compiled: Compiled, choices: Choices, choice: Choice, listen: Listen
) -> Iterator[tuple[Compiled, Engine]]:
    """The working database, only to be read, and the project as it reads there.

    Without --defer raises EngineError when nothing is built; with it an empty database will do.
    """
    target = compiled.project.target
    is_there = target.path == ":memory:" or Path(target.path).exists()
    if not is_there and not choice.defer:
        raise EngineError("nothing is built yet", at=Location(target.path), fix="pipeline build")
    here = compiled
    if not is_there:
        project = replace(compiled.project, target=replace(target, path=":memory:"))
        here = replace(compiled, project=project)
    with open_warehouse(here, read_only=is_there) as engine:
        yield (
            deferred(compiled, choices, choice, engine, listen) if choice.defer else compiled,
            engine,
        )


def deferred(
    compiled: Compiled, choices: Choices, choice: Choice, engine: Engine, listen: Listen
) -> Compiled:
    """The same project, where that is needed with other places. Raises CommandError kinds."""
    elsewhere = Elsewhere(compiled, choice.state, engine)
    existing = engine.relations()
    apart = choices.ids | ephemeral_models(compiled)
    found = {
        uid: there
        for uid, there in elsewhere.relations.items()
        if uid not in apart and (choice.favor_state or compiled.relations[uid] not in existing)
    }
    if not found:
        return compiled
    for name, value in elsewhere.other_vars().items():
        now = compiled.project.vars[name]
        listen(Notice(f"what is deferred to was built with {name} = {value}, here it is {now}"))
    return compile_project(compiled.project, found)
