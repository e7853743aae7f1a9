"""What must hold before a build may run, asked again only when it could have changed.

Room:  act. Imports compiled, engine, pii_tags, state.
In:    Compiled, the columns of every node, the working database.  Out: nothing; PiiError kinds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from retention_pipeline.compiled import Compiled
from retention_pipeline.engine import Engine
from retention_pipeline.pii_tags import has_direct, pii_digest
from retention_pipeline.state import note_statement, read_note

_CHECKED = "pii checked"


def guard(compiled: Compiled, columns: Mapping[str, Iterable[str]], engine: Engine) -> None:
    """Personal data stays in staging: raises PiiError kinds before anything runs."""
    digest = pii_digest(compiled)
    if read_note(engine, _CHECKED) == digest:
        return
    if has_direct(compiled):
        from retention_pipeline.pii import check_pii  # reads lineage, which takes a parser

        check_pii(compiled, columns)
    engine.query(note_statement(_CHECKED, digest))
