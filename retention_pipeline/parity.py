"""A build by the rules of another tool (`--as stripe`): its name checked, its files kept apart.

Room:  compile. Imports errors, project, render. What the rules are stands in macros/policy_sets.sql.
In:    --as and --vars; a Project whose var policy_set was given with the command.
Out:   vars; the Project with a database, published file and target folder of its own; lines to print.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from retention_pipeline.errors import CommandError, CompileError, Location
from retention_pipeline.project import Project
from retention_pipeline.render import Renderer

VAR = "policy_set"
_PUBLISHED = "retention.duckdb"


def with_policy_set(given: Mapping[str, Any], name: str | None) -> dict[str, Any]:
    """The vars of a command with those that `--as name` stands for."""
    if name is None:
        return dict(given)
    if given.get(VAR) not in (None, name):
        raise CommandError(
            f"--as {name} and --vars {VAR}: {given[VAR]} contradict each other", fix="give one"
        )
    return {**given, VAR: name}


def apart(project: Project) -> Project:
    """The project as it is, or with places of its own when a policy set came with the command.

    A policy set in dbt_project.yml is the project's own choice and moves nothing. Raises
    CommandError for a set that the project does not have.
    """
    if not project.cli_vars.get(VAR):
        return project
    name = _checked(project, str(project.cli_vars[VAR]))
    target, values = project.target, dict(project.vars)
    if target.path != ":memory:":
        target = replace(target, path=str(_inside(Path(target.path), name)))
    if "published_path" not in project.cli_vars:
        chosen = values.get("published_path")
        usual = Path(project.target.path).with_name(_PUBLISHED)
        path = _inside(project.root / str(chosen) if chosen else usual, name)
        values["published_path"] = str(path.with_name(f"{path.stem}_{name}{path.suffix}"))
    if "publish" not in project.cli_vars:
        values["publish"] = _parquet_apart(values.get("publish"), name)
    folder = str(Path(project.target_path) / name)
    return replace(project, target=target, vars=values, target_path=folder)


def summary(project: Project, renderer: Renderer) -> list[str]:
    """What the policy set of this build decides, one line a switch; none without a set."""
    if not project.vars.get(VAR) or "policy_set_summary" not in renderer.macro_files:
        return []
    text = _render(renderer, "{{ policy_set_summary() }}")
    return [
        f"policy set {project.vars[VAR]}: see metric_policies and metric_policy_diff",
        *text.split("\n"),
    ]


def _checked(project: Project, name: str) -> str:
    renderer = Renderer(project.macros, project.target, project.vars, project.environ, project.name)
    if VAR not in renderer.macro_files:
        raise CommandError(
            f"policy set '{name}': this project has no policy sets",
            fix="macros/policy_sets.sql of retention_pipeline defines them",
        )
    try:
        return _render(renderer, "{{ policy_set() }}").strip()
    except CompileError as error:
        known = error.message.rpartition("one of ")[2]
        raise CommandError(
            error.message, fix=f"pipeline build --as {known.split(', ')[0]}"
        ) from None


def _render(renderer: Renderer, text: str) -> str:
    return renderer.render(
        text,
        Location("--as"),
        this=None,
        resolve_ref=lambda _: None,
        resolve_source=lambda _: None,
    ).sql


def _inside(path: Path, name: str) -> Path:
    return path.parent / name / path.name


def _parquet_apart(publish: Any, name: str) -> Any:
    parquet = publish.get("parquet") if isinstance(publish, Mapping) else None
    if not isinstance(parquet, Mapping) or "path" not in parquet:
        return publish  # nothing to move, or a mistake that is told later
    return {**publish, "parquet": {**parquet, "path": f"{parquet['path']}_{name}"}}
