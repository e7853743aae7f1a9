"""Snapshots as the files write them: `{% snapshot %}` blocks, and `snapshots:` in YAML.

Room:  read. Imports errors, nodes, spec_nodes.
In:    texts and specs.  Out: Models.

The template of a snapshot has empty lines in front, so that its lines are those of the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retention_pipeline.errors import DuplicateNameError, Location, MissingSpecError, ProjectError
from retention_pipeline.nodes import Kind, Materialized, Model
from retention_pipeline.spec_nodes import NodeSpec

_BLOCK = re.compile(
    r"{%-?\s*snapshot\s+(?P<name>\w+)\s*-?%}(?P<text>.*?)(?P<end>{%-?\s*endsnapshot\s*-?%}|\Z)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Written:
    """One snapshot. `path` is relative to the project."""

    name: str
    path: Path
    text: str
    spec: NodeSpec | None


def snapshot_models(
    files: Mapping[Path, str],
    specs: Iterable[NodeSpec],
    root: Path,
    package: str,
    config: Callable[[tuple[str, ...], NodeSpec | None], dict[str, Any]],
) -> Iterator[Model]:
    """All of them as models; `config(fqn, spec)` gives what the project says about one."""
    for found in written_snapshots(files, specs, root):
        is_block = found.path.suffix == ".sql"  # dbt has the file among the names, but no .yml
        folders = found.path.with_suffix("").parts[1:] if is_block else found.path.parts[1:-1]
        fqn, spec = (package, *folders, found.name), found.spec
        yield Model(
            name=found.name,
            path=found.path,
            text=found.text,
            fqn=fqn,
            config={**config(fqn, spec), "materialized": str(Materialized.SNAPSHOT)},
            columns=spec.columns if spec else (),
            description=spec.description if spec else "",
            spec_at=spec.at if spec else None,
            kind=Kind.SNAPSHOT,
        )


def written_snapshots(
    files: Mapping[Path, str], specs: Iterable[NodeSpec], root: Path
) -> Iterator[Written]:
    """All of them. Raises ProjectError kinds."""
    described: dict[str, NodeSpec] = {}
    for spec in specs:
        if spec.name in described:
            raise DuplicateNameError(
                f"snapshot '{spec.name}' is described twice",
                at=spec.at,
                fix=f"the other is at {described[spec.name].at}",
            )
        described[spec.name] = spec
    for path, text in files.items():
        for found in _BLOCK.finditer(text):
            line = text.count("\n", 0, found.start())
            if not found["end"]:
                raise ProjectError(
                    f"snapshot '{found['name']}' has no end",
                    at=Location(root / path, line + 1),
                    fix="write {% endsnapshot %} after it",
                )
            yield Written(
                found["name"], path, "\n" * line + found["text"], described.pop(found["name"], None)
            )
    for spec in described.values():
        relation = spec.config.get("relation")
        if not relation:
            raise MissingSpecError(
                f"snapshot '{spec.name}' says no relation, and there is no block of that name",
                at=spec.at,
                fix="add `relation: ref('...')`",
            )
        path = Path(spec.at.path)
        path = path.resolve().relative_to(root) if path.resolve().is_relative_to(root) else path
        text = "\n" * ((spec.at.line or 1) - 1) + "select * from {{ " + str(relation) + " }}"
        yield Written(spec.name, path, text, spec)
