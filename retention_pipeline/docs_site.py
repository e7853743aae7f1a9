"""The documents of a project -> one static page that shows them.

Room:  tell. Imports artifact_lineage, metric_docs. Writes nothing.
In:    manifest.json and, where there are any, catalog.json, run_results.json, sources.json; the
       metric definitions; column lineage.  Out: the text of index.html.

Everything is inside the page: no file beside it, no address outside it.
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from retention_pipeline.artifact_lineage import ColumnLineage, column_names
from retention_pipeline.metric_docs import MetricDocs

_HERE = Path(__file__).with_name("docs_page")
_SCRIPTS = ("core.js", "graph.js", "page.js")
_SHOWN = ("model", "seed", "snapshot", "source", "exposure")
_LAYERS = {"source": "raw", "seed": "seeds", "snapshot": "snapshots", "exposure": "exposures"}


@dataclass(frozen=True)
class Documents:
    """What the page is made of; empty where there is none."""

    manifest: Mapping[str, Any]
    catalog: Mapping[str, Any] = field(default_factory=dict)
    results: Mapping[str, Any] = field(default_factory=dict)
    sources: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, MetricDocs] = field(default_factory=dict)
    lineage: ColumnLineage = field(default_factory=ColumnLineage)
    facts: Mapping[str, str] = field(default_factory=dict)  # as_of, build: shown on the first page


def make_page(documents: Documents) -> str:
    """The whole page."""
    data = page_data(documents)
    script = "\n".join((_HERE / name).read_text(encoding="utf-8") for name in _SCRIPTS)
    parts = {
        "@TITLE@": html.escape(str(data["project"])),
        "@STYLE@": (_HERE / "style.css").read_text(encoding="utf-8"),
        "@SCRIPT@": script,
        "@DATA@": _embedded(data),
    }
    text = (_HERE / "page.html").read_text(encoding="utf-8")
    for mark, part in parts.items():
        text = text.replace(mark, part)
    return text


def _embedded(data: Mapping[str, Any]) -> str:
    """JSON that cannot end the element it stands in."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def page_data(documents: Documents) -> dict[str, Any]:
    """What the page's script works with; keys that hold nothing are left out."""
    maker = _Maker(documents)
    nodes = [maker.node(uid, node) for uid, node in maker.shown.items()]
    metadata = documents.manifest.get("metadata", {})
    results = documents.results
    return _filled(
        {
            "project": metadata.get("project_name") or "project",
            "generated": metadata.get("generated_at", ""),
            "adapter": metadata.get("adapter_type", ""),
            "ran": results.get("metadata", {}).get("generated_at", ""),
            "facts": dict(documents.facts),
            "tests": maker.loose_tests(),
            "nodes": nodes,
        }
    )


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value not in (None, "", [], {})}


class _Maker:
    """Looks things up in the documents; used once."""

    def __init__(self, documents: Documents) -> None:
        manifest = documents.manifest
        self.documents = documents
        every = {
            **manifest.get("sources", {}),
            **manifest.get("nodes", {}),
            **manifest.get("exposures", {}),
        }
        self.shown = {uid: node for uid, node in every.items() if node["resource_type"] in _SHOWN}
        self.index = {uid: number for number, uid in enumerate(self.shown)}
        self.results = {r["unique_id"]: r for r in documents.results.get("results", [])}
        self.fresh = {r["unique_id"]: r for r in documents.sources.get("results", [])}
        self.names = column_names(manifest, documents.catalog)
        self.tests = self._tests()

    def _tests(self) -> dict[str, list[dict[str, Any]]]:
        """Node -> its tests. A test over several models stands with each of them."""
        found: dict[str, list[dict[str, Any]]] = {}
        manifest = self.documents.manifest
        for uid, node in manifest.get("nodes", {}).items():
            if node["resource_type"] == "test":
                attached = node.get("attached_node")
                homes = [attached] if attached else node.get("depends_on", {}).get("nodes", [])
                for home in homes:
                    found.setdefault(home, []).append(self._test(uid, node))
        for uid, unit in manifest.get("unit_tests", {}).items():
            for home in unit.get("depends_on", {}).get("nodes", []):
                found.setdefault(home, []).append(self._test(uid, unit))
        return found

    def _test(self, uid: str, node: Mapping[str, Any]) -> dict[str, Any]:
        result = self.results.get(uid, {})
        metadata = node.get("test_metadata") or {}
        arguments = {
            k: v
            for k, v in (metadata.get("kwargs") or {}).items()
            if k not in ("model", "column_name")
        }
        is_unit = node["resource_type"] == "unit_test"
        return _filled(
            {
                "name": metadata.get("name") or node["name"],
                "kind": "unit" if is_unit else "generic" if metadata else "singular",
                "column": node.get("column_name"),
                "columns": arguments.get("columns")
                if isinstance(arguments.get("columns"), list)
                else None,
                "said": _short(arguments) or node.get("description") or node.get("name", ""),
                "severity": str((node.get("config") or {}).get("severity", "")).lower(),
                "status": result.get("status"),
                "failures": result.get("failures"),
                "message": result.get("message")
                if result.get("status") in ("fail", "error", "warn")
                else None,
                "path": node.get("original_file_path"),
            }
        )

    def loose_tests(self) -> dict[str, int]:
        """Status of the last run -> how many tests ended so."""
        counts: dict[str, int] = {}
        for uid, result in self.results.items():
            if uid.split(".")[0] in ("test", "unit_test"):
                counts[result["status"]] = counts.get(result["status"], 0) + 1
        return counts

    # -- nodes --------------------------------------------------------------------------------
    def node(self, uid: str, node: Mapping[str, Any]) -> dict[str, Any]:
        """One model, seed, source or exposure."""
        kind = node["resource_type"]
        name = f"{node['source_name']}.{node['name']}" if kind == "source" else node["name"]
        if node.get("version") is not None:
            name += f".v{node['version']}"
        layer, domain = _place(node, kind)
        result = self.results.get(uid, {})
        docs = (
            self.documents.metrics.get(node["name"], MetricDocs())
            if kind == "model"
            else MetricDocs()
        )
        tests = self.tests.get(uid, [])
        grain = self._grain(node, tests)
        config = node.get("config") or {}
        return _filled(
            {
                "id": uid,
                "name": name,
                "kind": kind,
                "layer": layer,
                "domain": domain,
                "path": node.get("original_file_path"),
                "relation": node.get("relation_name"),
                "materialized": config.get("materialized")
                if kind in ("model", "snapshot")
                else None,
                "tags": node.get("tags"),
                "contract": (node.get("contract") or {}).get("enforced") or None,
                "description": (node.get("description") or "").strip(),
                "intro": docs.intro,
                "grain": grain,
                "columns": [
                    self._column(uid, node, c, docs, grain) for c in self.names.get(uid, [])
                ],
                "opaque": self.documents.lineage.opaque.get(uid),
                "up": self._up(node),
                "tests": tests,
                "status": result.get("status"),
                "seconds": result.get("execution_time"),
                "rows": (result.get("adapter_response") or {}).get("rows_affected"),
                "message": result.get("message")
                if result.get("status") in ("error", "fail")
                else None,
                "fresh": self._freshness(uid, node),
                "url": node.get("url"),
                "raw": node.get("raw_code") if kind in ("model", "snapshot") else None,
                "sql": node.get("compiled_code") if kind in ("model", "snapshot") else None,
            }
        )

    def _up(self, node: Mapping[str, Any]) -> list[int]:
        needs = node.get("depends_on", {}).get("nodes", [])
        return sorted({self.index[uid] for uid in needs if uid in self.index})

    def _grain(self, node: Mapping[str, Any], tests: list[dict[str, Any]]) -> list[str]:
        """The key: what the manifest says, a primary_key test, meta.key, or one unique column."""
        key = node.get("primary_key") or (node.get("config") or {}).get("meta", {}).get("key")
        if key:
            return [str(column) for column in key]
        for test in tests:
            if test["name"] == "primary_key" and test.get("columns"):
                return [str(column) for column in test["columns"]]
        unique = [str(t["column"]) for t in tests if t["name"] == "unique" and t.get("column")]
        return unique[:1]

    def _column(
        self, uid: str, node: Mapping[str, Any], name: str, docs: MetricDocs, grain: list[str]
    ) -> dict[str, Any]:
        described = {key.lower(): column for key, column in (node.get("columns") or {}).items()}
        said = described.get(name.lower(), {})
        kind = "sources" if node["resource_type"] == "source" else "nodes"
        table = self.documents.catalog.get(kind, {}).get(uid, {})
        built = table.get("columns", {}).get(name, {}).get("type")
        origins = self.documents.lineage.columns.get(uid, {}).get(name, [])
        how = next((o[3] for o in origins if o[3]), "")
        return _filled(
            {
                "name": name,
                "type": str(built or said.get("data_type") or "").lower(),
                "description": (said.get("description") or "").strip(),
                "key": name in grain or None,
                "metric": [list(pair) for pair in docs.columns.get(name, [])],
                "from": [
                    [self.index[o[0]], o[1], int(o[2])] for o in origins if o[0] in self.index
                ],
                "how": how,
            }
        )

    def _freshness(self, uid: str, node: Mapping[str, Any]) -> dict[str, Any]:
        """When its data was last loaded, as `source freshness` found it, and what is wanted."""
        result = self.fresh.get(uid, {})
        return _filled(
            {
                "status": result.get("status"),
                "loaded": result.get("max_loaded_at"),
                "age": result.get("max_loaded_at_time_ago_in_s"),
                "field": node.get("loaded_at_field"),
                "wanted": _wanted(node.get("freshness") or {}),
            }
        )


def _wanted(rule: Mapping[str, Any]) -> str:
    said = []
    for word in ("warn_after", "error_after"):
        limit = rule.get(word) or {}
        if limit.get("count"):
            said.append(f"{word.split('_')[0]} after {limit['count']} {limit.get('period', '')}s")
    return ", ".join(said)


def _short(arguments: Mapping[str, Any]) -> str:
    parts = []
    for key, value in arguments.items():
        text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        parts.append(text if len(arguments) == 1 else f"{key}: {text}")
    return "; ".join(parts)[:300]


def _place(node: Mapping[str, Any], kind: str) -> tuple[str, str]:
    """Layer and domain: the first two folders below models/, or what kind of node it is."""
    parts = str(node.get("original_file_path") or "").split("/")
    if kind == "source":
        return "raw", Path(parts[-1]).stem if len(parts) > 1 else str(node["source_name"])
    if kind in _LAYERS:
        return _LAYERS[kind], parts[1] if len(parts) > 2 else ""
    fqn = [str(part) for part in node.get("fqn", [])][1:-1]
    if not fqn:
        return "models", ""
    return fqn[0], fqn[1] if len(fqn) > 1 else ""
