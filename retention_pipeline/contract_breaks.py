"""What breaks the contract that a model had in an earlier run: whoever reads it may stumble.

Room:  plan. Imports choice, compiled, errors, previous.
In:    Compiled, the folder of dbt's artifacts.  Out: a Break for each model, with its place.

dbt's rules: a column is gone or has another type, the contract is no longer enforced, the model is
no longer there. Columns that were added break nothing. Who publishes versions promises that one of
them stays as it is: there dbt refuses to go on when `state:modified` finds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retention_pipeline.choice import Choice
from retention_pipeline.compiled import Compiled, CompiledModel, is_enforced
from retention_pipeline.errors import Location
from retention_pipeline.previous import plain_type, read_artifact


@dataclass(frozen=True, slots=True)
class Break:
    """One broken contract: a sentence with its place; whether it is that of a version."""

    text: str
    is_versioned: bool


def contract_breaks(compiled: Compiled, folder: Path) -> Iterator[Break]:
    """All broken contracts. Raises CommandError when there is no earlier run."""
    nodes = read_artifact(folder / "manifest.json").get("nodes") or {}
    for uid, old in sorted(nodes.items()):
        if old.get("resource_type") != "model" or not (old.get("contract") or {}).get("enforced"):
            continue
        is_versioned = old.get("version") is not None
        model = compiled.models.get(uid)
        if model is None:
            text = f"{old.get('original_file_path')}: {uid} had a contract and is gone, or switched off"
            yield Break(text, is_versioned and not old.get("deprecation_date"))
            continue
        changes = list(_changes(model, old))
        if changes:
            at = model.model.spec_at or Location(compiled.project.place(model.model.path))
            text = f"{at}: {model.model.name} breaks the contract that it had: {'; '.join(changes)}"
            yield Break(text, is_versioned)


def refused(breaks: Iterable[Break], choice: Choice, *, warn_error: bool = False) -> list[str]:
    """What of them is an error: all under --warn-error, versions where changes are asked for."""
    asks = any("state:modified" in word for word in choice.include)
    found = []
    for one in breaks:
        if one.is_versioned and asks:
            found.append(f"{one.text}; make a new version instead")
        elif warn_error:
            found.append(f"--warn-error: {one.text}")
    return found


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
