"""`pipeline check` and `compile`: everything that can be known to be wrong without running anything.

Room:  edge. Imports api, engines.opening, pii, pii_tags, sql_checks; binder where the descriptions do not tell enough.
In:    Options.  Out: Compiled; PipelineError kinds; warnings.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from retention_pipeline.api import Options, compile_
from retention_pipeline.compiled import Compiled, CompiledModel
from retention_pipeline.errors import PipelineError
from retention_pipeline.pii_tags import described_names, has_direct

if TYPE_CHECKING:
    from retention_pipeline.binder import Types

_MARTS = "marts"


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


def check_all(options: Options) -> tuple[Compiled, list[str]]:
    """All that a build checks before it runs, and the warnings that a build has no time for.

    Raises PipelineError kinds: unknown or ambiguous columns, unknown functions, wrong types, broken
    contracts, tables named directly, clocks, personal data.
    """
    from retention_pipeline.early import Early
    from retention_pipeline.engines.opening import demand_possible

    with Early() as early:
        compiled = compile_(options, early)
        with early.settled(compiled) as binder:
            binder.models()
            binder.tests()
            types = binder.types
    demand_possible(compiled, types)
    if has_direct(compiled):
        from retention_pipeline.pii import check_pii

        check_pii(compiled, types)
    return compiled, [*compiled.warnings, *_warnings(compiled, types)]


def _warnings(compiled: Compiled, types: Types) -> Iterator[str]:
    from retention_pipeline.sql_checks import Finding, stars_of, type_clashes, unused_ctes
    from retention_pipeline.sql_checks import Types as TableTypes

    relations = compiled.relations
    known = TableTypes(
        {(relations[u].schema, relations[u].name): columns for u, columns in types.items()}
    )
    raw = frozenset((s.relation.schema, s.relation.name) for s in compiled.sources.values())

    def findings(model: CompiledModel) -> Iterator[Finding]:
        yield from unused_ctes(model.sql, model.model.text)
        if _MARTS in model.model.path.parts:
            yield from stars_of(model.sql, raw)
        yield from type_clashes(model.sql, known)

    for uid in compiled.graph.order():
        model = compiled.models.get(uid)
        if model is not None and not model.is_open:
            for found in findings(model):
                yield f"{model.place(compiled.project, found.line)}: {found.text}"
