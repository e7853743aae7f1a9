"""The commands about the project itself: check, debug, clean, init.

Room:  edge. Imports flags; api, checking, cleaning and scaffold inside the commands.
In:    flags.  Out: text; exit codes as everywhere.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated, Optional

import typer

from retention_pipeline.flags import (
    in_project,
    on_project,
    say,
)
from retention_pipeline.options import Options


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    for command in (check, debug, clean, init):
        app.command()(command)


@on_project
def check(
    options: Options,
) -> None:
    """Find what is wrong before anything runs: columns, types, contracts, references, clocks, personal data."""
    from retention_pipeline.checking import check_all
    from retention_pipeline.upkeep import remember_bound

    began = time.time_ns()
    compiled, warnings = check_all(options)
    noun = "warning" if len(warnings) == 1 else "warnings"
    lines = [f"warning  {text}" for text in warnings]
    lines.append(
        f"{len(compiled.models)} models, {len(compiled.tests)} data tests: no errors,"
        f" {len(warnings) or 'no'} {noun}"
    )
    typer.echo("\n".join(lines))
    remember_bound(compiled, lines, sys.argv[1:], Path.cwd(), began)


@in_project
def debug(
    options: Options,
) -> None:
    """Say what is installed, which project and target are used, and whether the database opens."""
    from retention_pipeline import api

    for name, value in api.debug(options):
        say(f"{name:<18} {value}")


@in_project
def clean(options: Options) -> None:
    """Remove the clean-targets of dbt_project.yml; never the databases."""
    from retention_pipeline import cleaning

    removed = cleaning.clean(options)
    for path in removed:
        typer.echo(f"removed {path}")
    if not removed:
        typer.echo("nothing to remove")


def init(
    folder: Annotated[
        Path, typer.Argument(help="A new or empty folder; with --ci also a project.")
    ],
    ci: Annotated[
        Optional[str],
        typer.Option(
            "--ci", help="Also a workflow that builds, tests, diffs and comments: github."
        ),
    ] = None,
) -> None:
    """Write a working project of your own: models, macros, seeds, profiles."""
    from retention_pipeline.ci import check_provider, write_ci
    from retention_pipeline.scaffold import init as write

    check_provider(ci)
    if ci is None or not (folder / "dbt_project.yml").is_file():
        write(folder)
        typer.echo(f"wrote {folder}. Next: cd {folder} && pipeline build")
    if ci is not None:
        typer.echo(f"wrote {write_ci(folder, ci)}")
