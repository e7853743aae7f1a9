"""Rules that compiled SQL must keep, found before anything runs.

Room:  compile. Imports errors, nodes, project, scan, sql (for what scan
       cannot tell), sql_text.
In:    one compiled model, the relations of the project.  Out: warnings; breaches are raised.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from retention_pipeline.errors import ClockError, CompileError, HardCodedTableError, Location
from retention_pipeline.nodes import Relation
from retention_pipeline.project import Project
from retention_pipeline.scan import tables_named
from retention_pipeline.sql_text import CLOCKS

if TYPE_CHECKING:
    from retention_pipeline.compiled import CompiledModel

# DuckDB's own catalogues are not tables of the project.
_SYSTEM = frozenset({"information_schema", "pg_catalog"})


class Linter:
    """The rules, over the relations of one project (which may still be growing)."""

    def __init__(self, relations: Mapping[str, Relation], project: Project) -> None:
        self.relations, self.project = relations, project

    @cached_property
    def _names(self) -> dict[tuple[str, str], str]:
        return {(r.schema, r.name): uid for uid, r in self.relations.items()}

    def check(self, model: CompiledModel) -> list[str]:
        """Raise HardCodedTableError or ClockError; give warnings for what could not be checked."""
        read = (self.relations[uid] for uid in model.needs)
        allowed = {(r.schema, r.name) for r in (*read, model.relation)}
        plain = tables_named(model.sql, CLOCKS)
        if plain is not None and plain <= allowed:
            return []
        from retention_pipeline.sql import NO_SQL, analyze

        analysis = analyze(model.sql)
        place = self.project.place(model.model.path)
        if analysis.problem == NO_SQL:
            fix = "write a query, or remove the file"
            raise CompileError(NO_SQL, at=Location(place), fix=fix)
        if analysis.tables is None:
            return [
                f"{place}: not understood by the SQL parser, so its tables"
                f" were not checked ({analysis.problem})"
            ]
        meta = model.config.get("meta") or {}
        for clock in analysis.clocks if not meta.get("allow_clock") else ():
            raise ClockError(
                f"{clock.name} asks a clock: the same build would give another result tomorrow",
                at=model.place(self.project, clock.line),
                fix="read var('as_of'), or set meta: {allow_clock: true} on this model",
            )
        found = {(table.schema, table.name) for table in analysis.tables}
        for schema, name in sorted(found - allowed):
            if schema in _SYSTEM or name.startswith("__dbt__cte__"):
                continue
            raise _hard_coded(schema, name, self._names, model, self.project)
        return []


def _hard_coded(
    schema: str,
    name: str,
    names: Mapping[tuple[str, str], str],
    model: CompiledModel,
    project: Project,
) -> HardCodedTableError:
    full = f"{schema}.{name}" if schema else name
    known = names.get((schema, name)) or next((u for t, u in names.items() if t[1] == name), None)
    call = "ref('...') or source('...', '...')"
    if known and known.startswith("source."):
        call = "source('{}', '{}')".format(*known.split(".")[2:4])
    elif known:
        call = f"ref('{known.rsplit('.', 1)[-1]}')"
    needle = name.lower()
    line = next((i for i, t in enumerate(model.sql.lower().split("\n"), 1) if needle in t), None)
    return HardCodedTableError(
        f"the table {full} is named directly, so the build order cannot know it",
        at=model.place(project, line),
        fix=f"write {{{{ {call} }}}}",
    )
