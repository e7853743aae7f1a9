"""dbt's manifest.json and catalog.json -> which columns each column comes from.

Room:  compile. Imports columns.
In:    the documents, ours or dbt's.  Out: node -> column -> its parents; a model that cannot be read
       with certainty is left out, with the reason.

Reading 300 models takes seconds, so what was found is kept by what it was found from.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Origin: TypeAlias = tuple[str, str, bool, str]
"""(node, column, whether its value arrives, how)"""

_LONGEST = 160
_VERSION = 1


@dataclass
class ColumnLineage:
    """`columns`: node -> column -> origins. `opaque`: node -> why. `kept`: for the next time."""

    columns: dict[str, dict[str, list[Origin]]] = field(default_factory=dict)
    opaque: dict[str, str] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)


def column_names(manifest: Mapping[str, Any], catalog: Mapping[str, Any]) -> dict[str, list[str]]:
    """Node -> its columns in order: those that the database has, else those that are described."""
    found: dict[str, list[str]] = {}
    for kind in ("nodes", "sources"):
        for uid, node in manifest.get(kind, {}).items():
            table = catalog.get(kind, {}).get(uid)
            if table:
                columns = sorted(table["columns"].values(), key=lambda column: column["index"])
                found[uid] = [str(column["name"]) for column in columns]
            elif node.get("columns"):
                found[uid] = list(node["columns"])
    return found


def read_lineage(
    manifest: Mapping[str, Any], catalog: Mapping[str, Any], kept: Mapping[str, Any]
) -> ColumnLineage:
    """Every SQL model's columns. `kept`: what an earlier call gave."""
    names = column_names(manifest, catalog)
    everything = {**manifest.get("nodes", {}), **manifest.get("sources", {})}
    found = ColumnLineage()
    for uid, node in manifest.get("nodes", {}).items():
        if node.get("resource_type") not in ("model", "snapshot") or not node.get("compiled_code"):
            continue
        parents = [p for p in node.get("depends_on", {}).get("nodes", []) if p in everything]
        columns = {p: names.get(p, []) for p in parents}
        key = _digest([_VERSION, node["compiled_code"], sorted(columns.items()), names.get(uid)])
        answer = kept.get(key)
        if answer is None:
            answer = _read(node, {p: everything[p] for p in parents}, columns, names.get(uid, []))
        found.kept[key] = answer
        if isinstance(answer, str):
            found.opaque[uid] = answer
        else:
            found.columns[uid] = {
                name: [(o[0], o[1], bool(o[2]), o[3]) for o in origins]
                for name, origins in answer.items()
            }
    return found


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:24]


def _read(
    node: Mapping[str, Any],
    parents: Mapping[str, Mapping[str, Any]],
    columns: Mapping[str, list[str]],
    own: list[str],
) -> dict[str, list[list[Any]]] | str:
    from retention_pipeline.columns import OpaqueQuery, flow

    sql = str(node["compiled_code"])
    tables: dict[tuple[str, str], str] = {}
    for uid, parent in parents.items():
        name = str(parent.get("alias") or parent.get("identifier") or parent["name"])
        short = f'"{parent["schema"]}"."{name}"'
        whole = parent.get("relation_name")
        if whole:
            sql = sql.replace(str(whole), short)
        tables[str(parent["schema"]).lower(), name.lower()] = uid

    def columns_of(schema: str, name: str) -> list[str] | None:
        return columns.get(tables.get((schema, name), ""))

    try:
        found = flow(sql, columns_of)
    except OpaqueQuery as reason:
        return str(reason)
    if own and [c.name.lower() for c in found.columns] != [c.lower() for c in own]:
        return "its columns are not those of the table"
    written = {uid: {name.lower(): name for name in names} for uid, names in columns.items()}
    answer: dict[str, list[list[Any]]] = {}
    for name, column in zip(own or [c.name for c in found.columns], found.columns, strict=True):
        how = " ".join(next(iter(column.expressions()), "").split())[:_LONGEST]
        origins = []
        for leaf, way in column.ways.items():
            uid = tables.get((leaf.schema, leaf.table), "")
            if leaf.column in written.get(uid, {}):
                origins.append([uid, written[uid][leaf.column], way.carries, how])
        answer[name] = sorted(origins)
    return answer
