"""What breaks the contract that a model had in an earlier run: whoever reads it may stumble.

Room:  plan. Imports compiled, errors, previous.
In:    Compiled, the folder of dbt's artifacts.  Out: a sentence for each model, with its place.

dbt's rules for models without versions: a column is gone or has another type, the contract is no
longer enforced, the model is no longer there. Columns that were added break nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from retention_pipeline.compiled import Compiled, CompiledModel, is_enforced
from retention_pipeline.errors import Location
from retention_pipeline.previous import plain_type, read_artifact


def contract_breaks(compiled: Compiled, folder: Path) -> Iterator[str]:
    """One sentence for each broken contract. Raises CommandError when there is no earlier run."""
    nodes = read_artifact(folder / "manifest.json").get("nodes") or {}
    for uid, old in sorted(nodes.items()):
        if old.get("resource_type") != "model" or not (old.get("contract") or {}).get("enforced"):
            continue
        model = compiled.models.get(uid)
        if model is None:
            yield f"{old.get('original_file_path')}: {uid} had a contract and is gone, or switched off"
            continue
        changes = list(_changes(model, old))
        if changes:
            at = model.model.spec_at or Location(compiled.project.place(model.model.path))
            yield f"{at}: {model.model.name} breaks the contract that it had: {'; '.join(changes)}"


def _changes(model: CompiledModel, old: Mapping[str, Any]) -> Iterator[str]:
    if not is_enforced(model.config):
        yield "it is no longer enforced"
    now = {column.name.lower(): column.data_type for column in model.model.columns}
    for column in (old.get("columns") or {}).values():
        name, was = str(column["name"]).lower(), column.get("data_type")
        if name not in now:
            yield f"column {name} is gone"
        elif plain_type(now[name]) != plain_type(was):
            yield f"column {name} was {was}, it is {now[name]}"
