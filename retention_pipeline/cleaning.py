"""Removing what builds wrote: the clean-targets of dbt_project.yml.

Room:  edge. Imports api, errors, keeping. Touches the disk.
In:    Options.  Out: the paths that are gone; CommandError for a target that holds work or data.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from retention_pipeline.api import Options, open_project
from retention_pipeline.errors import CommandError, Location
from retention_pipeline.keeping import forget
from retention_pipeline.noop import FOLDER
from retention_pipeline.project import Project


def clean(options: Options) -> list[Path]:
    """Remove the clean-targets of dbt_project.yml; all of them, or none and a CommandError. What was
    kept of compiling goes too.

    Packages stay, which dbt would remove: they were copied there, and nothing brings them back.
    """
    project = open_project(options)
    removed = []
    for path in [_cleanable(project, name) for name in project.clean_targets]:
        if path.is_dir():
            shutil.rmtree(path)
            removed.append(path)
        elif path.exists():
            path.unlink()
            removed.append(path)
    forget(project.root / FOLDER)
    return removed


def _cleanable(project: Project, name: str) -> Path:
    """The folder that a clean-target means; never one outside, never one that holds work or data."""
    path = (project.root / name).resolve()
    at = Location(project.root / "dbt_project.yml")
    if project.root not in path.parents:
        raise CommandError(f"clean-targets: '{name}' is not below the project", at=at)
    files = [n.path for n in project.models] + [n.path for n in project.seeds]
    files += [n.path for n in project.macros]
    kept = [project.root / path for path in files] + [Path(project.target.path).resolve()]
    if any(path == file or path in file.parents for file in kept):
        raise CommandError(f"clean-targets: '{name}' holds models or a database", at=at)
    return path
