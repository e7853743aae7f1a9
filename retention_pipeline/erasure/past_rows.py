"""Tables that hold history hold people too: those that can be made again are dropped.

Room:  act. Imports compiled, engine, fingerprint, materialize.settings, nodes, state.
In:    the raw tables that were rewritten.  Out: notices about tables that had to stay.

Runs in the transaction that rewrites the raw tables. The next step of the same build, or of the
one after a crash, finds no table and makes the whole model from what is left in the raw tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from retention_pipeline.compiled import Compiled
from retention_pipeline.engine import Engine
from retention_pipeline.fingerprint import digest
from retention_pipeline.materialize.settings import rebuilds
from retention_pipeline.nodes import KEEPS_HISTORY, Materialized
from retention_pipeline.state import note_statement, read_note

_DONE = "erasure history"


def forget_history(
    compiled: Compiled, engine: Engine, changed: Iterable[str], surrogates: Sequence[str]
) -> list[str]:
    """Drop incremental tables below `changed` that still know people by their old ids.

    Once for each set of people: what is made afterwards knows only surrogates.
    """
    mark = digest(sorted(surrogates))
    if read_note(engine, _DONE) == mark:
        return []
    below: set[str] = set()
    for uid in changed:
        below |= compiled.graph.descendants(uid)
    said, there = [], engine.relations()
    for uid in sorted(below & compiled.models.keys()):
        model = compiled.models[uid]
        if model.materialized not in KEEPS_HISTORY or model.relation not in there:
            continue
        if model.materialized is Materialized.INCREMENTAL and rebuilds(model.config, True):
            kind = there[model.relation]
            engine.query(f"drop {kind} {model.relation}")
            said.append(f"{model.relation} is made anew: it held people who are erased")
        else:
            said.append(
                f"{model.relation} holds history that cannot be made again, and may still name"
                " people who are erased: look through it"
            )
    engine.query(note_statement(_DONE, mark))
    return said
