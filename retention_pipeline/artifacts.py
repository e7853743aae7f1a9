"""Results -> files for other tools: target/compiled/**.sql and target/run_results.json.

Room:  tell. Imports compiler, errors, events. Writes the disk.
In:    Compiled, Results.  Out: files below the target path, each written whole or not at all.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

from retention_pipeline.compiler import Compiled
from retention_pipeline.errors import EngineError, Location, hide_secrets
from retention_pipeline.events import Results


def write_compiled(compiled: Compiled) -> Path:
    """Every model's and test's SQL as it runs, in the project's own folder structure."""
    base = compiled.project.root / compiled.project.target_path / "compiled"
    try:
        shutil.rmtree(base, ignore_errors=True)
        for model in compiled.models.values():
            _write(base / model.model.path, model.sql + "\n")
        for test in compiled.tests.values():
            _write(base / "data_tests" / f"{test.test.name}.sql", test.sql.strip() + "\n")
    except OSError as error:
        raise EngineError(f"cannot write: {error.strerror}", at=Location(base)) from None
    return base


def write_results(compiled: Compiled, results: Results, build_id: str) -> Path:
    """What ran and how it ended, in the manner of dbt's run_results.json."""
    target = compiled.project.root / compiled.project.target_path / "run_results.json"
    document = {
        "metadata": {"invocation_id": build_id, "command": results.command},
        "elapsed_time": round(results.seconds, 3),
        "args": {"vars": _plain(results.vars)},
        "results": [
            {
                "unique_id": step.unique_id,
                "status": str(step.status),
                "message": hide_secrets(step.message, compiled.project.environ),
                "execution_time": round(step.seconds, 4),
                "failures": step.failures,
                "rows": step.rows,
                "relation_name": step.relation,
                "at": None if step.at is None else str(step.at),
            }
            for step in results.steps
        ],
    }
    text = json.dumps(document, indent=1) + "\n"
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
