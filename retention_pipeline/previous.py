"""--state DIR: what an earlier run left, compared with the project as it is.

Room:  plan. Imports compiled, errors, manifest, selection_methods. Reads the disk.
In:    Compiled, the folder of dbt's artifacts (ours or dbt's own).  Out: Compare for selection.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from retention_pipeline.compiled import Compiled
from retention_pipeline.errors import CommandError, Location, did_you_mean
from retention_pipeline.manifest import manifest
from retention_pipeline.manifest_values import Node

_PARTS = ("nodes", "sources", "exposures", "unit_tests")
_STATUSES = ("success", "reused", "error", "skipped", "pass", "fail", "warn", "partial success")
_STATES = ("new", "old", "modified", "unmodified")
_ASIDE = frozenset(
    {"docs", "schema", "database", "alias", "tags", "severity", "quoting", "contract", "relation"}
    | {"config_keys_used", "config_keys_defaults", "meta_keys_used", "meta_keys_defaults"}
)


class Previous:
    """The comparison behind `state:`, `result:` and `source_status:`."""

    def __init__(self, compiled: Compiled, folder: Path) -> None:
        self.compiled, self.folder = compiled, folder
        self.known: dict[tuple[str, str], frozenset[str]] = {}

    def compare(self, method: str, value: str, uid: str) -> bool:
        """Whether a node matches. Raises CommandError for unknown values and missing files."""
        key = (method, value)
        if key not in self.known:
            find = {"state": self._state, "result": self._result}.get(method, self._source_status)
            self.known[key] = find(value)
        return uid in self.known[key]

    # -- the three questions ----------------------------------------------------------------
    def _state(self, value: str) -> frozenset[str]:
        word, _, part = value.partition(".")
        checks = self._checks()
        if word not in _STATES or (part and (word != "modified" or part not in checks)):
            known = [*_STATES, *(f"modified.{name}" for name in checks)]
            raise _unknown("state", value, known)
        wanted = {part: checks[part]} if part else checks
        now, old = self.now, self.old
        fresh = frozenset(now.keys() - old.keys())
        if word == "new":
            return fresh
        if word == "old":
            return frozenset(now.keys() & old.keys())
        changed = frozenset(
            uid
            for uid in now.keys() & old.keys()
            if any(differs(now[uid], old[uid]) for differs in wanted.values())
        )
        if word == "unmodified":
            return frozenset(now.keys()) - fresh - changed
        return fresh | changed

    def _result(self, value: str) -> frozenset[str]:
        if value not in _STATUSES:
            raise _unknown("result", value, list(_STATUSES))
        results = self._read("run_results").get("results") or []
        return frozenset(r["unique_id"] for r in results if r["status"] == value)

    def _source_status(self, value: str) -> frozenset[str]:
        if value != "fresher":
            raise _unknown("source_status", value, ["fresher"])
        project = self.compiled.project
        before = _loaded(self._read("sources"))
        after = _loaded(read_artifact(project.root / project.target_path / "sources.json"))
        return frozenset(
            uid for uid, moment in after.items() if uid not in before or moment > before[uid]
        )

    # -- what may differ --------------------------------------------------------------------
    def _checks(self) -> dict[str, Callable[[Node, Node], bool]]:
        return {
            "body": _body_differs,
            "configs": lambda new, old: _config(new) != _config(old),
            "contract": _contract_differs,
            "relation": lambda new, old: _place(new) != _place(old),
            "persisted_descriptions": lambda new, old: False,  # nothing is persisted here
            "macros": lambda new, old: self._macros_differ(new),
        }

    def _macros_differ(self, node: Node) -> bool:
        """True when a macro that the node calls, or one that this calls, is not what it was."""
        seen: set[str] = set()
        todo = list((node.get("depends_on") or {}).get("macros") or ())
        while todo:
            uid = todo.pop()
            if uid in seen:
                continue
            seen.add(uid)
            if _sql(self.macros.get(uid)) != _sql(self.old_macros.get(uid)):
                return True
            todo += (self.macros.get(uid) or {"depends_on": {"macros": []}})["depends_on"]["macros"]
        return False

    # -- documents --------------------------------------------------------------------------
    @cached_property
    def _now(self) -> Node:
        return manifest(self.compiled, {})

    @cached_property
    def _old(self) -> Node:
        return self._read("manifest")

    @cached_property
    def now(self) -> dict[str, Node]:
        return {uid: node for part in _PARTS for uid, node in self._now[part].items()}

    @cached_property
    def old(self) -> dict[str, Node]:
        return {u: n for part in _PARTS for u, n in (self._old.get(part) or {}).items()}

    @cached_property
    def macros(self) -> dict[str, Node]:
        return dict(self._now["macros"])

    @cached_property
    def old_macros(self) -> dict[str, Node]:
        return dict(self._old.get("macros") or {})

    def _read(self, name: str) -> Node:
        return read_artifact(self.folder / f"{name}.json")


def read_artifact(path: Path) -> Node:
    """One of dbt's files. Raises CommandError when it is not there, or is none."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise CommandError(
            "there is no such file to compare with",
            at=Location(path),
            fix="--state names a folder with the target/ files of an earlier run",
        ) from None
    except ValueError:
        raise CommandError("not JSON", at=Location(path)) from None
    if not isinstance(document, dict):
        raise CommandError("not an artifact of dbt", at=Location(path))
    return document


def _unknown(method: str, value: str, known: list[str]) -> CommandError:
    fix = did_you_mean(value, known) or f"there are: {', '.join(known)}"
    return CommandError(f"'{method}:{value}': there is no '{value}'", fix=fix)


def _loaded(document: Node) -> dict[str, str]:
    results = document.get("results") or []
    return {r["unique_id"]: r["max_loaded_at"] for r in results if r.get("max_loaded_at")}


def _body_differs(new: Node, old: Node) -> bool:
    if new["resource_type"] == "test" and new.get("test_metadata"):
        return _arguments(new) != _arguments(old)
    if new["resource_type"] == "exposure":
        keys = ("type", "owner", "url", "label", "maturity", "description")
        return any(new.get(key) != old.get(key) for key in keys) or (
            sorted(new["depends_on"]["nodes"]) != sorted(old["depends_on"]["nodes"])
        )
    if new["resource_type"] == "unit_test":
        return _cases(new) != _cases(old)
    if new["resource_type"] == "seed":
        return bool(new.get("checksum") != old.get("checksum"))
    return str(new.get("raw_code")).strip() != str(old.get("raw_code")).strip()


def _cases(node: Node) -> str:
    """What a unit test gives and expects; dbt's checksum of it depends on how dbt is written."""
    cases = [*(node.get("given") or ()), node.get("expect") or {}]
    rows = [[case.get("input"), case.get("format"), _in_order(case.get("rows"))] for case in cases]
    overrides = {k: v for k, v in (node.get("overrides") or {}).items() if v}
    return json.dumps([node.get("model"), rows, overrides], sort_keys=True, default=str)


def _in_order(rows: Any) -> Any:
    """Rows of a unit test are a set: dbt puts one without NULL first."""
    if not isinstance(rows, list):
        return rows or []
    return sorted(json.dumps(row, sort_keys=True, default=str) for row in rows)


def _arguments(node: Node) -> tuple[Any, dict[str, Any]]:
    data = node.get("test_metadata") or {}
    kwargs = {key: value for key, value in (data.get("kwargs") or {}).items() if key != "model"}
    return data.get("name"), kwargs


def _config(node: Node) -> dict[str, Any]:
    """What is configured, without defaults: dbt writes more of those down than we do."""
    if node["resource_type"] not in ("model", "seed", "snapshot"):
        config: Mapping[str, Any] = {"meta": (node.get("config") or {}).get("meta")}
    else:
        config = node.get("config") or {}
    found = {
        key: value
        for key, value in config.items()
        if key not in _ASIDE and value not in (None, [], {}, "") and value != _DEFAULTS.get(key)
    }
    if isinstance(found.get("options"), dict):  # dbt-duckdb writes into them when it runs
        options = {k: str(v) for k, v in found["options"].items() if k != "format"}
        found["options"] = options
    if isinstance(found.get("snapshot_meta_column_names"), dict):
        names = {k: v for k, v in found["snapshot_meta_column_names"].items() if v}
        found["snapshot_meta_column_names"] = names
    for name in ("pre-hook", "post-hook"):
        found[name] = [pair for hook in found.get(name) or () if (pair := _hook(hook))[0]]
    return {key: value for key, value in found.items() if value not in ({}, [])}


def _hook(hook: Mapping[str, Any]) -> tuple[str, bool]:
    """What runs, and whether inside the transaction; before_begin() hands over both as text."""
    sql, inside = str(hook.get("sql") or ""), hook.get("transaction", True) is not False
    if sql.startswith("{") and not sql.startswith(("{{", "{%")):
        try:
            return _hook(json.loads(sql))
        except (ValueError, AttributeError):
            pass
    return sql.strip(), inside


_DEFAULTS: dict[str, Any] = {
    "enabled": True,
    "lookback": 1,
    "on_schema_change": "ignore",
    "on_configuration_change": "apply",
    "access": "protected",
    "delimiter": ",",
}


def _contract_differs(new: Node, old: Node) -> bool:
    """Names and types of an enforced contract, in any order."""
    return _contract(new) != _contract(old)


def _contract(node: Node) -> dict[str, str] | None:
    if not (node.get("contract") or {}).get("enforced"):
        return None
    columns = (node.get("columns") or {}).values()
    return {c["name"].lower(): plain_type(c.get("data_type")) for c in columns}


def plain_type(name: object) -> str:
    """A type's name without its case, its blanks and its other names.

    >>> plain_type("NUMERIC(18, 4)"), plain_type("int"), plain_type("text")
    ('decimal(18,4)', 'integer', 'varchar')
    """
    text = re.sub(r"\s+", " ", str(name).strip().lower())
    text = re.sub(r"\s*([(),])\s*", r"\1", text)
    word = re.match(r"[a-z0-9_ ]*", text)
    first = word[0] if word else ""
    return _ALIASES.get(first, first) + text[len(first) :]


_ALIASES = {
    **dict.fromkeys(["int", "int4", "signed"], "integer"),
    **dict.fromkeys(["int8", "long"], "bigint"),
    **dict.fromkeys(["int2", "short"], "smallint"),
    **dict.fromkeys(["text", "string", "char", "bpchar"], "varchar"),
    **dict.fromkeys(["float8", "double precision"], "double"),
    **dict.fromkeys(["float4", "float"], "real"),
    **dict.fromkeys(["bool", "logical"], "boolean"),
    **dict.fromkeys(["datetime", "timestamp without time zone"], "timestamp"),
    "timestamp with time zone": "timestamptz",
    "numeric": "decimal",
}


def _place(node: Node) -> tuple[Any, ...]:
    if node["resource_type"] == "source":
        return node.get("schema"), node.get("identifier")
    config = node.get("config") or {}
    if node["resource_type"] not in ("model", "seed", "snapshot"):
        return ()
    return config.get("schema"), config.get("alias")


def _sql(macro: Node | None) -> str | None:
    return None if macro is None else str(macro["macro_sql"]).strip()
