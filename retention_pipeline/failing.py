"""What went wrong in a step, as its result says it, and the user's place that it is about.

Room:  act. Imports compiled, engine, errors, events, unit_tests.
In:    an exception.  Out: fields of a StepResult.
"""

from __future__ import annotations

from typing import Any

from retention_pipeline.compiled import Compiled
from retention_pipeline.engine import EngineFault
from retention_pipeline.errors import Location, PipelineError
from retention_pipeline.events import Status
from retention_pipeline.unit_tests import UnitTestFailed, explain

MENDABLE = (EngineFault, UnitTestFailed, PipelineError)
"""What a step may end with that the user can do something about."""


def failed(error: Exception, compiled: Compiled, uid: str) -> dict[str, Any]:
    """The fields that tell one of MENDABLE; any other is raised again."""
    found: dict[str, Any] = {"status": Status.FAILED}
    if isinstance(error, EngineFault):
        place = error.at or place_of(compiled, uid, error.line)
        return found | {"message": error.message, "at": place, "fix": error.fix}
    if isinstance(error, UnitTestFailed):
        at = compiled.unit_tests[uid].at
        return found | {"message": explain(error), "failures": 1, "at": at, "detail": str(error)}
    if isinstance(error, PipelineError):
        message = f"{error.code} {error.message}"
        return found | {"message": message, "at": error.at, "fix": error.fix}
    raise error


def place_of(compiled: Compiled, uid: str, line: int | None) -> Location | None:
    """Where the user wrote a node, or the line of it that is meant."""
    if uid in compiled.models:
        return compiled.models[uid].place(compiled.project, line)
    if uid in compiled.tests:
        return compiled.tests[uid].place(line)
    if uid in compiled.unit_tests:
        model = compiled.model_named(compiled.unit_tests[uid].model)
        return model.place(compiled.project, line)
    if uid in compiled.seeds:
        return Location(compiled.project.place(compiled.seeds[uid].path))
    return compiled.sources[uid].at
