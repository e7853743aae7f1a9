"""Which relation each node is, and which seeds stand behind sources.

Room:  compile. Imports errors, nodes, project, render.
In:    Project, Renderer.  Out: relations; two nodes that would share one are an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from retention_pipeline.errors import Location, ProjectError
from retention_pipeline.nodes import Relation, Seed
from retention_pipeline.project import Project
from retention_pipeline.render import Renderer


class Naming:
    """Asks the project's generate_schema_name once per schema; without one, dbt's default rule."""

    def __init__(self, project: Project, renderer: Renderer) -> None:
        self._project, self._renderer = project, renderer
        self._schemas: dict[str | None, str] = {}

    def relation(self, name: str, config: Mapping[str, Any]) -> Relation:
        """Where a model or seed of this name and config goes."""
        own = config.get("target_schema")  # of a snapshot: taken as it stands
        schema = str(own) if own else self._schema(config.get("schema"))
        return Relation(schema, str(config.get("alias") or name))

    def _schema(self, custom: Any) -> str:
        key = None if custom is None else str(custom)
        if key not in self._schemas:
            self._schemas[key] = self._generate(key)
        return self._schemas[key]

    def _generate(self, custom: str | None) -> str:
        default = self._project.target.schema
        if "generate_schema_name" not in self._renderer.macro_files:
            return default if custom is None else f"{default}_{custom}"
        rendered = self._renderer.render(
            "{{ generate_schema_name(custom, none) }}",
            Location(self._renderer.macro_files["generate_schema_name"]),
            this=None,
            resolve_ref=lambda _: None,
            resolve_source=lambda _: None,
            extra={"custom": custom},
        )
        return rendered.sql.strip()


def seeds_behind(project: Project) -> dict[str, str]:
    """Source id -> id of the sample seed that fills it; nothing when the user brings inputs."""
    if project.vars.get("inputs_path") or project.vars.get("input_locations"):
        return {}
    names = {seed.name: seed.unique_id for seed in project.seeds}
    return {
        source.unique_id: names[source.identifier]
        for source in project.sources
        if source.is_contract and source.identifier in names
    }


def usable_seeds(project: Project, behind: Mapping[str, str]) -> Iterator[Seed]:
    """Enabled seeds, less the sample tables whose place the user's own inputs take."""
    samples = {source.identifier for source in project.sources if source.is_contract}
    used = set(behind.values())
    for seed in project.seeds:
        if seed.config.get("enabled", True) is False:
            continue
        if seed.name not in samples or seed.unique_id in used:
            yield seed


def refuse_shared(relations: Mapping[str, Relation]) -> None:
    """Raise ProjectError when two nodes would be one relation; a seed behind a source may."""
    taken: dict[str, str] = {}
    for uid, relation in relations.items():
        other = taken.setdefault(str(relation).lower(), uid)
        if other != uid and {uid.split(".")[0], other.split(".")[0]} != {"seed", "source"}:
            names = " and ".join(sorted((other, uid)))
            raise ProjectError(
                f"{names} would both be {relation}", fix="give one of them an alias or a schema"
            )
