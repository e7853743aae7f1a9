"""`pipeline compile`: everything that can be known to be wrong without running anything.

Room:  edge. Imports api, pii, pii_tags; binder only where the descriptions do not tell enough.
In:    Options.  Out: Compiled; PipelineError kinds.
"""

from __future__ import annotations

from retention_pipeline.api import Options, compile_
from retention_pipeline.compiled import Compiled
from retention_pipeline.errors import PipelineError
from retention_pipeline.pii_tags import described_names, has_direct


def check(options: Options) -> Compiled:
    """Render the whole project and check where personal data goes; needs no database.

    The columns are those that the .yml files describe; only where they do not tell enough are
    the models bound, in memory.
    """
    compiled = compile_(options)
    if not has_direct(compiled):
        return compiled
    from retention_pipeline.pii import check_pii

    columns = described_names(compiled)
    try:
        if columns is not None:
            check_pii(compiled, columns)
            return compiled
    except PipelineError:
        pass  # perhaps only the descriptions are wrong
    from retention_pipeline.binder import bind

    check_pii(compiled, bind(compiled))
    return compiled
