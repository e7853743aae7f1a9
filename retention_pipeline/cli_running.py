"""The commands that make tables: build, run, test, seed, snapshot, retry, clone; and plan.

Room:  edge. Imports flags; api, reporting and upkeep inside the commands.
In:    flags.  Out: text and an exit code.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from retention_pipeline.choice import Choice
from retention_pipeline.flags import (
    FullRefresh,
    Retest,
    Wait,
    clock,
    in_project,
    on_project,
    running,
    say,
    selecting,
)
from retention_pipeline.options import How, Options

if TYPE_CHECKING:
    from retention_pipeline.api import Flags, Options
    from retention_pipeline.plan import Plan

Empty = Annotated[
    bool, typer.Option("--empty", help="Tables without rows: the columns only. Never published.")
]
NoPublish = Annotated[bool, typer.Option("--no-publish", help="Build and test only.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print the plan, run nothing.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    for command in (build, plan, retry, run, test, seed, snapshot, clone):
        app.command()(command)


def _execute(command: str, choice: Choice, how: How, options: Options, flags: Flags) -> NoReturn:
    from dataclasses import replace

    from retention_pipeline import api
    from retention_pipeline.plan import Command
    from retention_pipeline.telling import exit_code, reported

    options = replace(options, threads=how.threads or options.threads)
    flags = replace(
        flags, choice=choice, fail_fast=how.fail_fast, warn_error=how.warn_error, clock=clock
    )
    with reported(how, sys.argv[1:], clock) as report:
        results = api.execute(
            Command(command), options, choice.include, choice.exclude, report.listen, flags
        )
    report.finish(results)
    if command == "build":
        from retention_pipeline.upkeep import remember

        remember(results, sys.argv[1:], Path.cwd())
    raise typer.Exit(exit_code(results))


@selecting
@running
@on_project
def build(
    choice: Choice,
    how: How,
    *,
    options: Options,
    full_refresh: FullRefresh = False,
    retest: Retest = False,
    empty: Empty = False,
    no_publish: NoPublish = False,
    dry_run: DryRun = False,
    wait: Wait = 0.0,
) -> None:
    """Build what changed, test it, and publish the marts if everything passed."""
    from retention_pipeline import api

    flags = api.Flags(full_refresh, retest, not no_publish, wait, clock, empty=empty, choice=choice)
    if dry_run:
        _print_plan(api.dry_run(options, choice.include, choice.exclude, flags))
        return
    _execute("build", choice, how, options, flags)


@selecting
@on_project
def plan(
    choice: Choice,
    *,
    options: Options,
    full_refresh: FullRefresh = False,
    retest: Retest = False,
) -> None:
    """Print what `build` would do and why; run nothing."""
    from retention_pipeline import api

    flags = api.Flags(full_refresh, retest, choice=choice)
    _print_plan(api.dry_run(options, choice.include, choice.exclude, flags))


def _print_plan(chosen: Plan) -> None:
    from retention_pipeline.report import plan_lines

    for line in plan_lines(chosen):
        typer.echo(line)


@running
@on_project
def retry(
    how: How,
    *,
    options: Options,
    wait: Wait = 0.0,
) -> None:
    """Do again what failed or was skipped in the last run: its command, vars, target and flags."""
    from dataclasses import replace

    from retention_pipeline import api

    options = replace(options, threads=how.threads)
    command, options, names, flags = api.to_retry(options)
    how = replace(how, warn_error=how.warn_error or flags.warn_error)
    choice = Choice(include=tuple(names))
    _execute(command, choice, how, options, replace(flags, wait=wait))


@selecting
@running
@on_project
def run(
    choice: Choice,
    how: How,
    *,
    options: Options,
    full_refresh: FullRefresh = False,
    empty: Empty = False,
) -> None:
    """Load inputs and build models; no tests, nothing is published."""
    from retention_pipeline import api

    flags = api.Flags(full_refresh=full_refresh, empty=empty)
    _execute("run", choice, how, options, flags)


@selecting
@running
@on_project
def test(
    choice: Choice,
    how: How,
    options: Options,
) -> None:
    """Run data tests and unit tests on what is built."""
    from retention_pipeline import api

    _execute("test", choice, how, options, api.Flags())


@selecting
@running
@in_project
def seed(
    choice: Choice,
    how: How,
    *,
    options: Options,
    full_refresh: FullRefresh = False,
) -> None:
    """Load the seeds."""
    from retention_pipeline import api

    _execute("seed", choice, how, options, api.Flags(full_refresh=full_refresh))


@selecting
@running
@on_project
def snapshot(
    choice: Choice,
    how: How,
    options: Options,
) -> None:
    """Take the snapshots."""
    from retention_pipeline import api

    _execute("snapshot", choice, how, options, api.Flags())


@selecting
@on_project
def clone(
    choice: Choice,
    *,
    options: Options,
    full_refresh: FullRefresh = False,
    wait: Wait = 0.0,
) -> None:
    """Copy the tables of the run in --state, so that the next build builds what differs."""
    from retention_pipeline import api

    flags = api.Flags(full_refresh=full_refresh, wait=wait, clock=clock)
    for line in api.clone(options, choice, flags):
        say(line)
