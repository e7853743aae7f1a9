"""A node as templates see it: dbt's `model`, `node` of generate_schema_name, `graph.nodes`.

Room:  compile. Imports nodes, project.
In:    nodes of a Project.  Out: mappings with dbt's keys; what we do not have is None or empty.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cached_property
from typing import Any

from retention_pipeline.nodes import Column, DataTest, Model, Relation, Seed, Source
from retention_pipeline.project import Project
from retention_pipeline.versions import name_and_version

Relations = Mapping[str, Relation]
Needs = Callable[[str], list[str]]


def node_view(
    node: Model | Seed | Source | DataTest,
    project: Project,
    config: Mapping[str, Any],
    relation: Relation | None = None,
    needs: Needs | None = None,
) -> dict[str, Any]:
    """One node. `relation` is None while it is not known yet."""
    parents = needs(node.unique_id) if needs else []
    name, version = name_and_version(node.name) if isinstance(node, Model) else (node.name, None)
    kind = node.unique_id.split(".", 1)[0]
    path = getattr(node, "path", None)
    return {
        "name": name,
        "resource_type": kind,
        "unique_id": node.unique_id,
        "package_name": node.fqn[0],
        "original_file_path": str(path or ""),
        "path": "/".join(path.parts[1:]) if path else "",
        "fqn": list(node.fqn),
        "config": {
            "materialized": "view" if kind == "model" else kind,
            "enabled": True,
            "tags": [],
            "meta": {},
            **config,
        },
        "tags": list(config.get("tags") or ()),
        "meta": dict(config.get("meta") or {}),
        "description": node.description,
        "columns": {c.name: _column(c) for c in getattr(node, "columns", ())},
        "version": version,
        "latest_version": None,
        "group": config.get("group"),
        "access": config.get("access", "protected"),
        "language": "sql",
        "raw_code": getattr(node, "text", "").strip(),
        "database": project.target.database,
        "schema": relation.schema if relation else project.target.schema,
        "alias": relation.name if relation else config.get("alias") or name,
        "relation_name": str(relation) if relation else None,
        "depends_on": {"nodes": parents, "macros": []},
        "refs": [_named(parent) for parent in parents if not parent.startswith("source.")],
        "sources": [parent.split(".")[2:] for parent in parents if parent.startswith("source.")],
    }


def _named(unique_id: str) -> dict[str, str | None]:
    """How dbt notes a ref()."""
    _, _, name, *version = unique_id.split(".")
    return {"name": name, "package": None, "version": version[0][1:] if version else None}


def _column(column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "description": column.description,
        "data_type": column.data_type,
        "meta": dict(column.meta),
        "tags": [],
        "constraints": [],
    }


class Lazy(Mapping[str, Any]):
    """A view that is made when somebody looks: most templates never ask what they are."""

    def __init__(self, make: Callable[[], dict[str, Any]]) -> None:
        self._make = make

    @cached_property
    def _made(self) -> dict[str, Any]:
        return self._make()

    def __getitem__(self, key: str) -> Any:
        return self._made[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)


def parents_of(needs: Mapping[str, Collection[str]], unique_id: str) -> list[str]:
    """What a node reads, in an order that does not change."""
    return sorted(needs.get(unique_id, ()))


class GraphView:
    """dbt's `graph`: every node of the project, made when a template asks for it."""

    def __init__(
        self,
        project: Project,
        relations: Relations,
        needs: Needs | None = None,
        configs: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        """`configs`: what the templates' own config() calls came to, once they are compiled."""
        self._project, self._relations, self._needs = project, relations, needs
        self._configs = configs or {}

    @property
    def nodes(self) -> dict[str, dict[str, Any]]:
        project = self._project
        named: tuple[Model | Seed, ...] = (*project.models, *project.seeds)
        found = {
            n.unique_id: self._view(n, self._configs.get(n.unique_id, n.config)) for n in named
        }
        return found | {t.unique_id: self._view(t, {}) for t in project.data_tests}

    @property
    def sources(self) -> dict[str, dict[str, Any]]:
        found = {}
        for source in self._project.sources:
            own = {
                "source_name": source.source,
                "name": source.table,
                "identifier": source.identifier,
            }
            config = {"tags": list(source.tags), "meta": dict(source.meta)}
            found[source.unique_id] = {**self._view(source, config), **own}
        return found

    @property
    def exposures(self) -> dict[str, dict[str, Any]]:
        return {
            e.unique_id: {"name": e.name, "unique_id": e.unique_id, "resource_type": "exposure"}
            for e in self._project.exposures
        }

    @property
    def metrics(self) -> dict[str, Any]:
        return {}

    groups = semantic_models = saved_queries = metrics

    def _view(self, node: Model | Seed | Source | DataTest, config: Mapping[str, Any]) -> Any:
        relation = self._relations.get(node.unique_id)
        return node_view(node, self._project, config, relation, self._needs)
