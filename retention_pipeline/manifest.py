"""Compiled -> dbt's manifest.json, version 12.

Room:  compile. Imports cards, compiled, manifest_macros, manifest_values, nodes. No clock; reads the seeds' bytes.
In:    Compiled.  Out: plain values under dbt's names; what dbt has and we have not is empty.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from retention_pipeline.cards import below
from retention_pipeline.compiled import Compiled, CompiledModel, is_enforced
from retention_pipeline.errors import hide_secrets
from retention_pipeline.manifest_macros import DOCS, called, macro_id, macro_nodes, read_macros
from retention_pipeline.manifest_values import (
    CONFIG,
    OF_MODELS,
    SNAPSHOT,
    Node,
    criteria,
    docs,
    fixture,
    hook,
    plain,
)
from retention_pipeline.nodes import (
    Column,
    Exposure,
    Kind,
    Model,
    Relation,
    Seed,
    Source,
    UnitTest,
)
from retention_pipeline.selection_methods import Card
from retention_pipeline.test_sql import CompiledTest
from retention_pipeline.versions import name_and_version

SCHEMA = "https://schemas.getdbt.com/dbt/manifest/v12.json"
DATABASE_PATH = "PIPELINE_DATABASE"
"""Where `metadata.env` names the file of the database, for --defer and clone."""
DBT_VERSION = "1.11.0"
"""The dbt whose files these are: readers choose by it."""

_QUOTING = {"database": None, "schema": None, "identifier": None, "column": None}
_NONE = {"name": "none", "checksum": ""}


def manifest(compiled: Compiled, metadata: Mapping[str, Any]) -> Node:
    """The whole document."""
    maker = _Maker(compiled)
    nodes = {uid: maker.model(model) for uid, model in compiled.models.items()}
    nodes |= {uid: maker.seed(seed) for uid, seed in compiled.seeds.items()}
    nodes |= {uid: maker.test(test) for uid, test in compiled.tests.items()}
    graph = compiled.graph
    return {
        "metadata": {
            "dbt_schema_version": SCHEMA,
            "dbt_version": DBT_VERSION,
            **metadata,
            "project_name": compiled.project.name,
            "project_id": hashlib.md5(
                compiled.project.name.encode(), usedforsecurity=False
            ).hexdigest(),
            "user_id": None,
            "send_anonymous_usage_stats": False,
            "adapter_type": compiled.project.target.type,
            "quoting": {"database": True, "schema": True, "identifier": True, "column": None},
        },
        "nodes": nodes,
        "sources": {uid: maker.source(source) for uid, source in compiled.sources.items()},
        "macros": macro_nodes(maker.macros, compiled.project.name),
        "docs": docs(compiled),
        "exposures": {uid: maker.exposure(e) for uid, e in compiled.exposures.items()},
        "metrics": {},
        "groups": {},
        "selectors": {},
        "disabled": {},
        "parent_map": {uid: sorted(graph.parents(uid)) for uid in graph.needs},
        "child_map": {uid: sorted(graph.children(uid)) for uid in graph.needs},
        "group_map": {},
        "saved_queries": {},
        "semantic_models": {},
        "unit_tests": {uid: maker.unit_test(unit) for uid, unit in compiled.unit_tests.items()},
        "functions": {},
    }


def checksum(text: str) -> dict[str, str]:
    """dbt's checksum of a file: white space at its ends does not count."""
    return {"name": "sha256", "checksum": hashlib.sha256(text.strip().encode()).hexdigest()}


class _Maker:
    """Holds what the nodes of one project share."""

    def __init__(self, compiled: Compiled) -> None:
        self.compiled, self.project = compiled, compiled.project
        self.inside = below(self.project.root)
        self.macros = read_macros(self.project.macros)
        self.database = self.project.target.database

    # -- nodes ------------------------------------------------------------------------------
    def model(self, model: CompiledModel) -> Node:
        card, source = self.compiled.cards[model.unique_id], model.model
        enforced = is_enforced(model.config)
        columns = self._columns(source.columns)
        types = [(c.name.lower(), c.data_type) for c in source.columns]
        digest = hashlib.sha256(json.dumps(sorted(types)).encode()).hexdigest()
        node: Node = {
            **self._common(card, model.relation, source.description, columns),
            **self._code(card, source.text, model.sql, model.relation, str(source.compiled_path)),
            "checksum": checksum(source.text),
            "patch_path": self._patch(card),
            "contract": {
                "enforced": enforced,
                "alias_types": True,
                "checksum": digest if enforced else None,
            },
            "access": str(card.config.get("access", "protected")),
            "constraints": [],
            **self._version(source),
            "deprecation_date": None,
            "primary_key": self._primary_key(model.unique_id),
        }
        if source.kind is Kind.SNAPSHOT:
            for key in (*OF_MODELS, "primary_key"):
                del node[key]
            node["config"] = {**SNAPSHOT, **node["config"]}
            node["config"].pop("relation", None)  # it is in the code
        return node

    def _version(self, model: Model) -> Node:
        """dbt calls all versions of a model by one name."""
        name, version = name_and_version(model.name)
        latest = self.compiled.ids_by_name.get(name, "") if version is not None else ""
        return {
            "name": name,
            "version": version,
            "latest_version": name_and_version(latest.split(".", 2)[-1])[1],
        }

    def seed(self, seed: Seed) -> Node:
        card, relation = self.compiled.cards[seed.unique_id], self._relation(seed.unique_id)
        path = self.project.root / seed.path
        return {
            **self._common(card, relation, seed.description, self._columns(seed.columns)),
            "checksum": {
                "name": "sha256",
                "checksum": hashlib.sha256(path.read_bytes().strip()).hexdigest(),
            },
            "patch_path": self._patch(card),
            "relation_name": self._name(relation),
            "raw_code": "",
            "root_path": str(self.project.root),
            "depends_on": {"macros": []},
        }

    def test(self, test: CompiledTest) -> Node:
        card, source = self.compiled.cards[test.unique_id], test.test
        relation = Relation(f"{self.project.target.schema}_dbt_test__audit", source.alias)
        body = source.text or f"{{{{ test_{source.kind}(**_dbt_generic_test_kwargs) }}}}"
        node = {
            **self._common(card, relation, source.description, {}),
            **self._code(card, body, test.sql, None, f"data_tests/{source.alias}.sql"),
            "checksum": checksum(source.text) if source.text else _NONE,
            "contract": {"enforced": False, "alias_types": True, "checksum": None},
            "patch_path": None,
            "alias": source.alias,
        }
        node["config"] = {**card.config, "tags": list(card.tags), "schema": relation.schema}
        node["config"]["severity"] = str(test.config.severity).upper()
        if source.kind is not None:
            column = {} if source.column is None else {"column_name": source.column}
            node |= {
                "column_name": source.column,
                "file_key_name": f"models.{(source.attached_to or '').rsplit('.', 1)[-1]}",
                "attached_node": source.attached_to,
                "test_metadata": {
                    "name": source.kind,
                    "kwargs": {**column, **source.arguments, "model": self._call(source)},
                    "namespace": None,
                },
            }
        return node

    def source(self, source: Source) -> Node:
        card = self.compiled.cards[source.unique_id]
        node = self._common(
            card, source.relation, source.description, self._columns(source.columns)
        )
        for key in ("alias", "group", "docs", "meta", "build_path", "checksum"):
            node.pop(key, None)
        more: Node = {
            "name": source.table,
            "path": card.path,
            "fqn": list(card.fqn),
            "source_name": source.source,
            "source_description": "",
            "loader": "",
            "identifier": source.identifier,
            "quoting": _QUOTING,
            "loaded_at_field": source.freshness.get("loaded_at_field"),
            "loaded_at_query": source.freshness.get("loaded_at_query"),
            "freshness": criteria(source.freshness) if source.freshness else None,
            "external": None,
            "meta": dict(source.meta),
            "source_meta": {},
            "config": {"enabled": True, "meta": dict(source.meta), "tags": list(source.tags)},
            "relation_name": self._name(source.relation),
            "patch_path": None,
        }
        return node | more

    def exposure(self, exposure: Exposure) -> Node:
        card = self.compiled.cards[exposure.unique_id]
        needs = self.compiled.graph.parents(exposure.unique_id)
        return {
            **self._base(card),
            "type": exposure.type,
            "owner": dict(exposure.owner),
            "description": exposure.description,
            "label": exposure.texts.get("label"),
            "maturity": exposure.texts.get("maturity"),
            "url": exposure.texts.get("url"),
            "meta": dict(exposure.meta),
            "tags": list(exposure.tags),
            "config": {
                "enabled": True,
                "tags": list(exposure.tags),
                "meta": dict(exposure.meta),
            },
            "unrendered_config": {},
            **self._reads(sorted(needs)),
            "depends_on": {"macros": [], "nodes": sorted(needs)},
            "created_at": 0.0,
        }

    def unit_test(self, unit: UnitTest) -> Node:
        card = self.compiled.cards[unit.unique_id]
        given = [{"input": item.input, **fixture(item)} for item in unit.given]
        values = [given, fixture(unit.expect), unit.override_vars, unit.override_macros]
        text = json.dumps(values, sort_keys=True, default=str)
        overrides = {
            "macros": dict(unit.override_macros),
            "vars": dict(unit.override_vars),
            "env_vars": dict(unit.override_env_vars),
        }
        return {
            **self._base(card),
            "model": unit.model,
            "given": given,
            "expect": fixture(unit.expect),
            "description": unit.description,
            "overrides": overrides if any(overrides.values()) else None,
            "depends_on": {
                "macros": [],
                "nodes": sorted(self.compiled.graph.parents(unit.unique_id)),
            },
            "config": {"tags": list(unit.tags), "meta": {}, "enabled": True},
            "checksum": hashlib.sha256(text.encode()).hexdigest(),
            "schema": None,
            "created_at": 0.0,
            "versions": None,
            "version": None,
        }

    # -- parts ------------------------------------------------------------------------------
    def _base(self, card: Card) -> Node:
        folder = len(PurePath(card.path).parts) > 1
        return {
            "name": card.name,
            "resource_type": card.kind,
            "package_name": card.package,
            "path": str(PurePath(*PurePath(card.path).parts[1:])) if folder else card.path,
            "original_file_path": card.path,
            "unique_id": card.unique_id,
            "fqn": list(card.fqn),
        }

    def _common(self, card: Card, relation: Relation, text: str, columns: Node) -> Node:
        config = {**CONFIG, **plain(card.config)}
        for ours, theirs in (("pre_hook", "pre-hook"), ("post_hook", "post-hook")):
            config[theirs] = [hook(item) for item in config.pop(ours, None) or ()]
        config["tags"] = list(card.tags)
        return {
            "database": self.database,
            "schema": relation.schema,
            **self._base(card),
            "alias": relation.name,
            "config": config,
            "tags": list(card.tags),
            "description": text,
            "columns": columns,
            "meta": config.get("meta") or {},
            "group": config.get("group"),
            "docs": DOCS,
            "build_path": None,
            "unrendered_config": {},
            "created_at": 0.0,
        }

    def _code(self, card: Card, raw: str, sql: str, relation: Relation | None, place: str) -> Node:
        needs = sorted(self.compiled.graph.parents(card.unique_id))
        macros = [macro_id(card.package, name) for name in called(raw, self.macros)]
        return {
            "relation_name": None if relation is None else self._name(relation),
            "raw_code": raw.strip(),
            "language": "python" if card.path.endswith(".py") else "sql",
            **self._reads(needs),
            "metrics": [],
            "depends_on": {"macros": macros, "nodes": needs},
            "compiled_path": str(PurePath(self.project.target_path) / "compiled" / place),
            "compiled": True,
            "compiled_code": hide_secrets(sql, self.project.environ),
            "extra_ctes_injected": True,
            "extra_ctes": [],
        }

    def _reads(self, needs: Sequence[str]) -> Node:
        cards = [self.compiled.cards[uid] for uid in needs]
        names = [name_and_version(card.name) for card in cards if card.kind != "source"]
        return {
            "refs": [{"name": n, "package": None, "version": version} for n, version in names],
            "sources": [list(c.fqn[1:]) for c in cards if c.kind == "source"],
            "metrics": [],
        }

    def _columns(self, columns: Sequence[Column]) -> Node:
        return {
            column.name: {
                "name": column.name,
                "description": column.description,
                "meta": dict(column.meta),
                "data_type": column.data_type,
                "constraints": [],
                "quote": None,
                "tags": [],
            }
            for column in columns
        }

    def _primary_key(self, uid: str) -> list[str]:
        """Columns of a primary_key test, or of unique and not_null on one column."""
        near = (self.compiled.tests.get(child) for child in self.compiled.graph.children(uid))
        tests = [t.test for t in near if t is not None and t.test.attached_to == uid]
        for test in tests:
            columns = test.arguments.get("columns")
            if test.kind == "primary_key" and isinstance(columns, list):
                return [str(column) for column in columns]
        kinds: dict[str, set[str]] = {}
        for test in tests:
            kinds.setdefault(test.column or "", set()).add(test.kind or "")
        return [c for c, found in kinds.items() if c and {"unique", "not_null"} <= found][:1]

    def _call(self, test: Any) -> str:
        card = self.compiled.cards[test.attached_to]
        words = "', '".join(card.fqn[1:] if card.kind == "source" else card.fqn[-1:])
        call = "source" if card.kind == "source" else "ref"
        return f"{{{{ get_where_subquery({call}('{words}')) }}}}"

    def _patch(self, card: Card) -> str | None:
        return f"{card.package}://{card.described}" if card.described else None

    def _relation(self, uid: str) -> Relation:
        return self.compiled.relations[uid]

    def _name(self, relation: Relation) -> str:
        return f'"{self.database}"."{relation.schema}"."{relation.name}"'
