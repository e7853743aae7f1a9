"""Results -> files for other tools: target/compiled/**.sql and dbt's artifacts.

Room:  tell. Imports compiled, errors, events, manifest, nodes, publishing.disk, source_freshness. Writes the disk.
In:    Compiled, Results.  Out: manifest.json (12), run_results.json (6), catalog.json (1), sources.json (3), each
       written whole or not at all.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from retention_pipeline.compiled import Compiled
from retention_pipeline.errors import SECRET_PREFIX, EngineError, Location, hide_secrets
from retention_pipeline.events import Results, Status, StepResult
from retention_pipeline.manifest import DATABASE_PATH, DBT_VERSION, manifest
from retention_pipeline.manifest_values import criteria
from retention_pipeline.nodes import Relation
from retention_pipeline.publishing.disk import is_alive
from retention_pipeline.source_freshness import Age

RUN_RESULTS = "https://schemas.getdbt.com/dbt/run-results/v6.json"
SOURCES = "https://schemas.getdbt.com/dbt/sources/v3.json"
CATALOG = "https://schemas.getdbt.com/dbt/catalog/v1.json"
_HAS_STATS = {
    "id": "has_stats",
    "label": "Has Stats?",
    "value": False,
    "include": False,
    "description": "Indicates whether there are statistics for this table",
}


def write_compiled(compiled: Compiled) -> Path:
    """Every model's and test's SQL as it runs, in the project's own folder structure, all or none of it."""
    base = compiled.project.root / compiled.project.target_path / "compiled"
    part = base.with_name(f".compiled.{os.getpid()}")  # one command a process writes it
    texts = {part / m.model.compiled_path: m.sql + "\n" for m in compiled.models.values()}
    for test in compiled.tests.values():
        texts[part / "data_tests" / f"{test.test.alias}.sql"] = test.sql.strip() + "\n"
    try:
        for left in base.parent.glob(".compiled.*"):
            if left.suffix[1:].isdigit() and not is_alive(int(left.suffix[1:])):
                shutil.rmtree(left, ignore_errors=True)  # of a command that was killed
        for folder in {path.parent for path in texts} | {part}:
            folder.mkdir(parents=True, exist_ok=True)
        for path, text in texts.items():
            path.write_text(text, encoding="utf-8")
        _put(part, base)
    except OSError as error:
        raise EngineError(f"cannot write: {error.strerror}", at=Location(base)) from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return base


def _put(part: Path, base: Path) -> None:
    """Another command may do the same at this moment: whose texts stay is one or the other's."""
    for is_last in (False, False, True):
        shutil.rmtree(base, ignore_errors=True)
        try:
            part.replace(base)
        except OSError:
            if is_last:
                raise
        else:
            return


def write_results(
    compiled: Compiled,
    results: Results,
    build_id: str,
    moment: datetime | None = None,
    said: Mapping[str, Any] | None = None,
) -> Path:
    """What ran and how it ended: dbt's run_results.json, version 6. `said`: the flags, for `retry`."""
    environ = compiled.project.environ
    secrets = {n: text for n, text in environ.items() if n.startswith(SECRET_PREFIX)}
    document = {
        "metadata": {
            "dbt_schema_version": RUN_RESULTS,
            **_metadata(build_id, moment, compiled.project.target.path),
        },
        "results": [_result(compiled, step, secrets) for step in results.steps],
        "elapsed_time": round(results.seconds, 3),
        "args": {
            "which": results.command,
            "vars": _plain(results.vars),
            "given_vars": _plain(dict(compiled.project.cli_vars)),
            "target": compiled.project.target.name,
            **(said or {}),
        },
    }
    return _write_json(compiled, "run_results.json", document)


def write_manifest(compiled: Compiled, build_id: str = "", moment: datetime | None = None) -> Path:
    """dbt's manifest.json, version 12."""
    metadata = _metadata(build_id, moment, compiled.project.target.path)
    metadata.pop("dbt_version")
    return _write_json(compiled, "manifest.json", manifest(compiled, metadata))


def write_catalog(
    compiled: Compiled, found: Mapping[Relation, Table], moment: datetime | None = None
) -> Path:
    """dbt's catalog.json, version 1: what is in the database, in the order of its columns."""
    database = compiled.project.target.database
    nodes: dict[str, Any] = {}
    sources: dict[str, Any] = {}
    for uid, relation in compiled.relations.items():
        table = found.get(relation)
        if table is None:
            continue
        part = sources if uid in compiled.sources else nodes
        part[uid] = {
            "metadata": {
                "type": table.kind,
                "schema": relation.schema,
                "name": relation.name,
                "database": database,
                "comment": None,
                "owner": None,
            },
            "columns": {
                name: {"type": kind, "index": index, "name": name, "comment": None}
                for index, (name, kind) in enumerate(table.columns.items(), 1)
            },
            "stats": {"has_stats": _HAS_STATS},
            "unique_id": uid,
        }
    document = {
        "metadata": {
            "dbt_schema_version": CATALOG,
            **_metadata("", moment, compiled.project.target.path),
        },
        "nodes": nodes,
        "sources": sources,
        "errors": None,
    }
    return _write_json(compiled, "catalog.json", document)


def write_sources(
    compiled: Compiled, ages: Sequence[Age], moment: datetime, path: Path | None = None
) -> Path:
    """dbt's sources.json, version 3."""
    metadata = {
        "dbt_schema_version": SOURCES,
        **_metadata("", moment, compiled.project.target.path),
    }
    results = [_aged(compiled, age) for age in ages]
    document = {"metadata": metadata, "results": results, "elapsed_time": 0.0}
    return _write_json(compiled, "sources.json", document, path)


def _aged(compiled: Compiled, age: Age) -> dict[str, Any]:
    if age.loaded is None or age.now is None:
        message = hide_secrets(age.message, compiled.project.environ)
        return {"unique_id": age.source.unique_id, "error": message, "status": "runtime error"}
    return {
        "unique_id": age.source.unique_id,
        "max_loaded_at": age.loaded.isoformat(),
        "snapshotted_at": age.now.isoformat(),
        "max_loaded_at_time_ago_in_s": age.seconds,
        "status": age.status,
        "criteria": criteria(age.source.freshness),
        "adapter_response": {},
        "timing": [],
        "thread_id": "",
        "execution_time": 0.0,
    }


@dataclass(frozen=True, slots=True)
class Table:
    """A relation of the database: BASE TABLE or VIEW, and its columns with their types."""

    kind: str
    columns: Mapping[str, str]


def _result(compiled: Compiled, step: StepResult, secrets: Mapping[str, str]) -> dict[str, Any]:
    """One step under dbt's names; ours are in adapter_response, which dbt leaves to the adapter."""
    node = compiled.models.get(step.unique_id) or compiled.tests.get(step.unique_id)
    sql = "" if node is None else hide_secrets(node.sql, secrets)
    answer = {"_message": step.message, "rows_affected": step.rows, "status": str(step.status)}
    answer["at"] = None if step.at is None else str(step.at)
    return {
        "status": dbt_status(step),
        "timing": [],
        "thread_id": "",
        "execution_time": round(step.seconds, 4),
        "adapter_response": {
            key: hide_secrets(value, secrets) if isinstance(value, str) else value
            for key, value in answer.items()
            if value not in (None, "")
        },
        "message": hide_secrets(step.message, secrets) or None,
        "failures": step.failures,
        "unique_id": step.unique_id,
        "compiled": node is not None,
        "compiled_code": sql or None,
        "relation_name": step.relation,
    }


def dbt_status(step: StepResult) -> str:
    """dbt's word for how a step ended. A test that was kept has the result that it had."""
    is_test = step.kind.endswith("test")
    if step.status in (Status.OK, Status.REUSED):
        return "pass" if is_test else "success" if step.status is Status.OK else "reused"
    if step.status is Status.FAILED:
        return "fail" if is_test and step.failures else "error"
    return str(step.status)


def _metadata(build_id: str, moment: datetime | None, path: str) -> dict[str, Any]:
    """When and by whom: `moment` is for people, no model ever sees it."""
    return {
        "dbt_version": DBT_VERSION,
        "generated_at": None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "invocation_id": str(UUID(build_id)) if build_id else None,
        "env": {} if path in ("", ":memory:") else {DATABASE_PATH: str(Path(path).resolve())},
    }


def _write_json(
    compiled: Compiled, name: str, document: Mapping[str, Any], path: Path | None = None
) -> Path:
    target = path or compiled.project.root / compiled.project.target_path / name
    text = json.dumps(document, default=str) + "\n"
    try:
        for left in target.parent.glob(f".{target.name}.*"):
            left.unlink()  # a build that was killed; whoever writes here holds the lock
        _write(target, text)
    except OSError as error:
        raise EngineError(f"cannot write: {error.strerror}", at=Location(target)) from None
    return target


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {key: json.loads(json.dumps(value, default=str)) for key, value in values.items()}


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
