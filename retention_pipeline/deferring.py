"""--defer: read what is neither chosen nor built here where an earlier run has it.

Room:  act. Imports choice, compiled, compiler, elsewhere, engine, errors, events, nodes.
In:    Compiled, Choices, an Engine.  Out: Compiled whose refs say so; notices.
"""

from __future__ import annotations

from retention_pipeline.choice import Choice, Choices
from retention_pipeline.compiled import Compiled
from retention_pipeline.compiler import compile_project
from retention_pipeline.elsewhere import Elsewhere
from retention_pipeline.engine import Engine
from retention_pipeline.events import Listen, Notice
from retention_pipeline.plan import ephemeral_models


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
