"""Which marts may be written for readers before the build has passed, and when.

Room:  act. Imports compiled, deliver, engine, events, ledger, publishing.first, targets.
In:    a project that has published nothing yet, the events of its build.  Out: a FirstFile.
"""

from __future__ import annotations

import re

from retention_pipeline.compiled import Compiled
from retention_pipeline.deliver import mart_of
from retention_pipeline.engine import Engine
from retention_pipeline.events import Event, Finished, Listen, Status
from retention_pipeline.ledger import Ledger
from retention_pipeline.materialize.hooks import NO_HOOKS
from retention_pipeline.publishing.first import FirstFile
from retention_pipeline.publishing.records import read_record
from retention_pipeline.targets import read_targets

# who looks at the catalogue would see the file that is being written
_CATALOGUE = re.compile(
    r"\b(information_schema|pg_catalog|sqlite_master|duckdb_\w+|pragma\w*|show|describe)\b",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"--[^\n]*")


def first_file(compiled: Compiled, engine: Engine) -> FirstFile | None:
    """The file to begin, where there is none and nothing but its own step changes a mart."""
    if engine.readers is not None:  # it shows the marts itself
        return None
    path = read_targets(compiled.project).file
    if path.exists() or read_record(path) is not None or not _is_quiet(compiled):
        return None
    return FirstFile(engine, path)


def _is_quiet(compiled: Compiled) -> bool:
    """True when no hook can change a mart later, and no query can see that a file is attached."""
    models, tests = compiled.models.values(), compiled.tests.values()
    if any(compiled.project.run_hooks.values()) or any(m.hooks != NO_HOOKS for m in models):
        return False
    if any(m.is_open for m in models) or any(t.introspective for t in tests):
        return False
    texts = (*(model.sql for model in models), *(test.sql for test in tests))
    return not any(
        _CATALOGUE.search(sql) and _CATALOGUE.search(_COMMENT.sub("", sql)) for sql in texts
    )


def writing(first: FirstFile, compiled: Compiled, ledger: Ledger, listen: Listen) -> Listen:
    """`listen`, and each mart that is built goes into the file."""
    marts = {model.unique_id: model for model in compiled.marts}

    def hear(event: Event) -> None:
        listen(event)
        if isinstance(event, Finished) and event.result.status is Status.OK:
            model = marts.get(event.result.unique_id)
            if model is not None:
                first.write(mart_of(model, ledger))

    return hear
