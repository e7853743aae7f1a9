"""Values of dbt's manifest: defaults of configs, hooks, rows of unit tests, docs blocks.

Room:  compile. Imports compiled, manifest_macros, nodes.
In:    our values.  Out: dbt's.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import Any, TypeAlias

from retention_pipeline.compiled import Compiled
from retention_pipeline.manifest_macros import DOCS
from retention_pipeline.nodes import Fixture

Node: TypeAlias = dict[str, Any]
CONFIG: Node = {
    "enabled": True,
    "alias": None,
    "schema": None,
    "database": None,
    "tags": [],
    "meta": {},
    "group": None,
    "materialized": "view",
    "incremental_strategy": None,
    "persist_docs": {},
    "quoting": {},
    "column_types": {},
    "full_refresh": None,
    "unique_key": None,
    "grants": {},
    "packages": [],
    "docs": DOCS,
    "event_time": None,
    "contract": {"enforced": False, "alias_types": True},
    "lookback": 1,
    "on_schema_change": "ignore",
    "on_configuration_change": "apply",
    "pre-hook": [],
    "post-hook": [],
}
SNAPSHOT: Node = {"strategy": None, "target_schema": None, "target_database": None}
SNAPSHOT |= {"updated_at": None, "check_cols": None, "dbt_valid_to_current": None}
OF_MODELS = ("access", "constraints", "version", "latest_version", "deprecation_date")


def criteria(freshness: Mapping[str, Any]) -> Node:
    """How old a source may be, under dbt's names."""
    nothing = {"count": None, "period": None}
    limits = {name: freshness.get(name) or nothing for name in ("warn_after", "error_after")}
    return {**limits, "filter": freshness.get("filter")}


def docs(compiled: Compiled) -> dict[str, Node]:
    name = compiled.project.name
    return {
        f"doc.{name}.{block}": {
            "name": block,
            "resource_type": "doc",
            "package_name": name,
            "path": "",
            "original_file_path": "",
            "unique_id": f"doc.{name}.{block}",
            "block_contents": text,
        }
        for block, text in compiled.project.docs.items()
    }


def fixture(fixture: Fixture) -> Node:
    rows: Any = fixture.rows
    if fixture.format == "csv" and isinstance(rows, str):  # dbt keeps the rows, not the text
        cells = csv.DictReader(io.StringIO(rows))
        rows = [{n: row[n] or None for n in cells.fieldnames or ()} for row in cells]
    return {"rows": [] if rows is None else rows, "format": fixture.format, "fixture": None}


def hook(hook: Any) -> Node:
    """One hook as dbt writes it down."""
    given = hook if isinstance(hook, Mapping) else {"sql": hook}
    inside = given.get("transaction", True) is not False
    return {"sql": str(given.get("sql")), "transaction": inside, "index": None}


def plain(config: Mapping[str, Any]) -> Node:
    """Config as JSON can hold it."""
    value: Node = json.loads(json.dumps(dict(config), default=str))
    return value
