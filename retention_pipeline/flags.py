"""Flags that several commands share, and the clock: the only one of the program.

Room:  edge. Imports nothing at run time but typer and errors.
In:    typer's words.  Out: types for command signatures; Options.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional
from zoneinfo import ZoneInfo

import typer

from retention_pipeline.errors import hide_secrets

if TYPE_CHECKING:
    from retention_pipeline.api import Options

Select = Annotated[
    Optional[list[str]],
    typer.Option(
        "--select",
        "-s",
        help="Nodes: name, +name, name+, @name, tag:x, path:models/x, a,b. Repeatable.",
    ),
]
Exclude = Annotated[
    Optional[list[str]],
    typer.Option("--exclude", help="Nodes to leave out, same grammar."),
]
Selector = Annotated[
    Optional[str], typer.Option("--selector", help="A named selection of selectors.yml.")
]
IndirectSelection = Annotated[
    Optional[str],
    typer.Option(
        "--indirect-selection",
        help="Tests of what is selected: eager, cautious, buildable or empty.",
    ),
]
StateDir = Annotated[
    Optional[Path],
    typer.Option("--state", help="Folder with the artifacts of an earlier run, for state:..."),
]
ResourceType = Annotated[
    Optional[list[str]],
    typer.Option("--resource-type", help="Only these kinds: model, seed, test... Repeatable."),
]
ExcludeResourceType = Annotated[
    Optional[list[str]],
    typer.Option("--exclude-resource-type", help="Not these kinds. Repeatable."),
]
Vars = Annotated[Optional[str], typer.Option("--vars", help="YAML: '{as_of: 2026-01-31}'.")]
As = Annotated[
    Optional[str],
    typer.Option(
        "--as",
        help="By the rules of baremetrics, chartmogul, profitwell or stripe, in files apart.",
    ),
]
ProjectDir = Annotated[Path, typer.Option("--project-dir", help="Folder with dbt_project.yml.")]
ProfilesDir = Annotated[
    Optional[Path], typer.Option("--profiles-dir", help="Folder with profiles.yml.")
]
Target = Annotated[Optional[str], typer.Option("--target", "-t", help="A target of profiles.yml.")]
Threads = Annotated[
    Optional[int], typer.Option("--threads", min=1, max=256, help="How many steps at once.")
]
FullRefresh = Annotated[
    bool, typer.Option("--full-refresh", "-f", help="Build and test everything, changed or not.")
]
Retest = Annotated[bool, typer.Option("--retest", help="Run every test, also those kept.")]
Wait = Annotated[
    float, typer.Option("--wait", min=0, help="Seconds to wait for another build to end.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Only failures and the verdict.")]


def selecting(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the flags that select nodes: it gets them as one `choice`, its first word."""
    signature = inspect.signature(command, eval_str=True)
    added = [
        inspect.Parameter(name, _NAMED, default=None, annotation=kind)
        for name, kind in _SELECTION.items()
    ]

    @wraps(command)
    def with_choice(**given: Any) -> None:
        from retention_pipeline.choice import Choice

        words = {name: given.pop(name) for name in _SELECTION}
        choice = Choice(
            include=tuple(words["select"] or ()),
            exclude=tuple(words["exclude"] or ()),
            selector=words["selector"],
            indirect=words["indirect_selection"],
            state=words["state"],
            resource_types=tuple(words["resource_type"] or ()),
            exclude_types=tuple(words["exclude_resource_type"] or ()),
        )
        command(choice, **given)

    rest = list(signature.parameters.values())[1:]
    parameters = [*added, *(p.replace(kind=_NAMED) for p in rest)]
    with_choice.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    with_choice.__annotations__ = {p.name: p.annotation for p in parameters}
    return with_choice


_NAMED = inspect.Parameter.KEYWORD_ONLY
_SELECTION = {
    "select": Select,
    "exclude": Exclude,
    "selector": Selector,
    "indirect_selection": IndirectSelection,
    "state": StateDir,
    "resource_type": ResourceType,
    "exclude_resource_type": ExcludeResourceType,
}


def make_options(
    project_dir: Path,
    profiles_dir: Path | None,
    target: str | None,
    text: str | None,
    threads: int | None,
    policy_set: str | None = None,
) -> Options:
    from retention_pipeline.api import Options
    from retention_pipeline.parity import with_policy_set
    from retention_pipeline.settings import parse_vars

    return Options(
        project_dir=project_dir,
        profiles_dir=profiles_dir,
        target=target,
        vars=with_policy_set(parse_vars(text), policy_set),
        threads=threads,
        today=today,
    )


def say(text: str, err: bool = False) -> None:
    """Print what may have passed a secret on its way: a path, a message of the database."""
    typer.echo(hide_secrets(text, os.environ), err=err)


def today(zone: ZoneInfo) -> date:
    """The only clock of the program."""
    return datetime.now(zone).date()


def clock() -> datetime:
    """The time for people and metadata; it never goes into a model."""
    return datetime.now(UTC)
