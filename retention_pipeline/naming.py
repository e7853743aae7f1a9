"""Which relation each node is, and which seeds stand behind sources.

Room:  compile. Imports errors, node_view, nodes, project, render.
In:    Project, Renderer.  Out: relations; two nodes that would share one are an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from functools import cache, partial
from typing import Any

from retention_pipeline.errors import CommandError, Location, ProjectError, did_you_mean
from retention_pipeline.node_view import node_view
from retention_pipeline.nodes import Model, Relation, Seed
from retention_pipeline.project import Project
from retention_pipeline.render import Renderer

_TAKES_NODE = re.compile(r"\bnode\b\s*[.\[|]|\bmodel\b|\bnode\s+is\b")


class Naming:
    """Asks the project's generate_schema_name and generate_alias_name; without them, dbt's rules.

    A macro that does not look at the node is asked once per schema.
    """

    def __init__(self, project: Project, renderer: Renderer) -> None:
        self._project, self._renderer = project, renderer
        self._known: dict[tuple[Any, ...], str] = {}

    def relation(self, node: Model | Seed, config: Mapping[str, Any]) -> Relation:
        """Where a model or seed with this config goes."""
        own = config.get("target_schema")  # of a snapshot: taken as it stands
        view = partial(node_view, node, self._project, config)
        schema = str(own) if own else self.schema(config.get("schema"), view)
        return Relation(schema, self._alias(node, config.get("alias"), view))

    def schema(self, custom: Any, view: Callable[[], Mapping[str, Any]] | None = None) -> str:
        """The schema's name for a `schema:` of a config."""
        custom, default = None if custom is None else str(custom), self._project.target.schema
        found = self._ask("generate_schema_name", custom, view)
        return found or (default if custom is None else f"{default}_{custom}")

    def _alias(self, node: Model | Seed, custom: Any, view: Callable[[], Mapping[str, Any]]) -> str:
        found = self._ask("generate_alias_name", None if custom is None else str(custom), view)
        return found or str(custom or node.name.replace(".v", "_v"))

    def _ask(
        self, macro: str, custom: str | None, view: Callable[[], Mapping[str, Any]] | None
    ) -> str:
        if macro not in self._renderer.macro_files:
            return ""
        node = view() if view and self._looks_at_node(macro) else None
        key = (macro, custom, node and node["unique_id"])
        if key not in self._known:
            rendered = self._renderer.render(
                f"{{{{ {macro}(custom, node) }}}}",
                Location(self._renderer.macro_files[macro]),
                this=None,
                resolve_ref=lambda _: None,
                resolve_source=lambda _: None,
                extra={"custom": custom, "node": node},
            )
            self._known[key] = rendered.sql.strip()
        return self._known[key]

    @cache  # noqa: B019 - lives as long as one compilation
    def _looks_at_node(self, macro: str) -> bool:
        file = self._renderer.macro_files[macro]
        texts = [m.text for m in self._project.macros if str(self._project.place(m.path)) == file]
        return macro == "generate_alias_name" or any(_TAKES_NODE.search(text) for text in texts)


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


def refuse_unread(given: Iterable[str], known: Set[str]) -> None:
    """Raise CommandError for a var of the command line that nothing reads."""
    for name in given:
        if name not in known:
            raise CommandError(
                f"--vars: nothing reads '{name}'",
                fix=did_you_mean(name, known) or f"there are: {', '.join(sorted(known))}",
            )
