"""`pipeline docs`: the page of a project, or of the artifacts that any dbt project left.

Room:  edge. Imports api, artifact_lineage, cataloguing, docs_site, metric_docs. Writes the disk.
In:    Options, or a folder with manifest.json.  Out: the path of index.html; a server for it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from retention_pipeline.api import open_project
from retention_pipeline.artifact_lineage import read_lineage
from retention_pipeline.cataloguing import generate
from retention_pipeline.docs_site import Documents, make_page
from retention_pipeline.errors import CommandError, Location
from retention_pipeline.metric_docs import MetricDocs, read_metric_docs
from retention_pipeline.options import Options
from retention_pipeline.targets import read_targets

_KEPT = "column_lineage.json"


def write_docs(options: Options, out: Path | None, clock: Callable[[], datetime]) -> Path:
    """Write manifest.json, catalog.json and the page of a project that is built."""
    project = open_project(options)
    generate(options, clock)
    folder = project.root / project.target_path
    facts = {}
    published = read_targets(project).file.with_name("published.json")
    for name, key in (("data as of", "as_of"), ("published build", "build_id")):
        found = _document(published, missing=True).get(key)
        if found:
            facts[name] = str(found)[:10]
    return _write(folder, out or folder / "docs", _metrics(project.root), facts)


def write_docs_of(artifacts: Path, out: Path | None) -> Path:
    """Write the page of the artifacts in a folder; no project is needed."""
    if not (artifacts / "manifest.json").is_file():
        raise CommandError(
            "there is no manifest.json", at=Location(artifacts), fix="dbt docs generate writes one"
        )
    root = artifacts.parent
    return _write(artifacts, out or artifacts / "docs", _metrics(root), {})


def _write(
    folder: Path, out: Path, metrics: Mapping[str, MetricDocs], facts: Mapping[str, str]
) -> Path:
    manifest = _document(folder / "manifest.json")
    catalog = _document(folder / "catalog.json", missing=True)
    lineage = read_lineage(manifest, catalog, _document(folder / _KEPT, missing=True))
    page = make_page(
        Documents(
            manifest,
            catalog,
            _document(folder / "run_results.json", missing=True),
            _document(folder / "sources.json", missing=True),
            metrics,
            lineage,
            facts,
        )
    )
    try:
        (folder / _KEPT).write_text(json.dumps(lineage.kept), encoding="utf-8")
        out.mkdir(parents=True, exist_ok=True)
        path = out / "index.html"
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"cannot write: {error.strerror}", at=Location(out)) from None
    return path


def _document(path: Path, *, missing: bool = False) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        if missing and not path.exists():
            return {}
        raise CommandError(f"cannot be read: {error}", at=Location(path)) from None
    return found if isinstance(found, dict) else {}


def _metrics(root: Path) -> dict[str, MetricDocs]:
    """Definitions in docs/metrics.md and docs/metrics/*.md of a project."""
    files = [root / "docs/metrics.md", *sorted((root / "docs/metrics").glob("*.md"))]
    return read_metric_docs(f.read_text(encoding="utf-8") for f in files if f.is_file())


def server(folder: Path, port: int) -> ThreadingHTTPServer:
    """A server of that folder for this machine alone; port 0 takes a free one."""
    handler = partial(_Quiet, directory=str(folder))
    try:
        return ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError as error:
        raise CommandError(
            f"port {port} cannot be used: {error.strerror}", fix="--port 0 takes a free one"
        ) from None


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing of requests."""
