"""Flags that several commands share, and the clock: the only one of the program.

Room:  edge. Imports nothing at run time but typer and errors.
In:    typer's words.  Out: types for command signatures; Options.
"""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional
from zoneinfo import ZoneInfo

import typer

from retention_pipeline.errors import hide_secrets

if TYPE_CHECKING:
    from retention_pipeline.api import Options

Select = Annotated[
    Optional[list[str]],
    typer.Option(
        "--select", "-s", help="Nodes: name, +name, name+, tag:x, path:models/x, a,b. Repeatable."
    ),
]
Exclude = Annotated[
    Optional[list[str]],
    typer.Option("--exclude", help="Nodes to leave out, same grammar."),
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
