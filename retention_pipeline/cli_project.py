"""The commands about the project itself: check, debug, clean, init, docs generate.

Room:  edge. Imports flags; api, checking, cleaning and scaffold inside the commands.
In:    flags.  Out: text; exit codes as everywhere.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from retention_pipeline.flags import (
    As,
    ProfilesDir,
    ProjectDir,
    Target,
    Vars,
    clock,
    make_options,
    say,
)


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    for command in (check, debug, clean, init):
        app.command()(command)
    docs = typer.Typer(help="The artifacts that other tools read.", no_args_is_help=True)
    docs.command()(generate)
    app.add_typer(docs, name="docs")


def check(
    vars_: Vars = None,
    as_: As = None,
    project_dir: ProjectDir = Path(),
    profiles_dir: ProfilesDir = None,
    target: Target = None,
) -> None:
    """Find what is wrong before anything runs: columns, types, contracts, references, clocks, personal data."""
    from retention_pipeline.checking import check_all

    options = make_options(project_dir, profiles_dir, target, vars_, None, as_)
    compiled, warnings = check_all(options)
    for text in warnings:
        typer.echo(f"warning  {text}")
    noun = "warning" if len(warnings) == 1 else "warnings"
    typer.echo(
        f"{len(compiled.models)} models, {len(compiled.tests)} data tests: no errors,"
        f" {len(warnings) or 'no'} {noun}"
    )


def debug(
    vars_: Vars = None,
    project_dir: ProjectDir = Path(),
    profiles_dir: ProfilesDir = None,
    target: Target = None,
) -> None:
    """Say what is installed, which project and target are used, and whether the database opens."""
    from retention_pipeline import api

    for name, value in api.debug(make_options(project_dir, profiles_dir, target, vars_, None)):
        say(f"{name:<18} {value}")


def clean(
    project_dir: ProjectDir = Path(),
    profiles_dir: ProfilesDir = None,
    target: Target = None,
) -> None:
    """Remove the clean-targets of dbt_project.yml; never the databases."""
    from retention_pipeline import cleaning

    removed = cleaning.clean(make_options(project_dir, profiles_dir, target, None, None))
    for path in removed:
        typer.echo(f"removed {path}")
    if not removed:
        typer.echo("nothing to remove")


def init(folder: Annotated[Path, typer.Argument(help="A new or empty folder.")]) -> None:
    """Write a working project of your own: models, macros, seeds, profiles."""
    from retention_pipeline.scaffold import init as write

    write(folder)
    typer.echo(f"wrote {folder}. Next: cd {folder} && pipeline build")


def generate(
    vars_: Vars = None,
    project_dir: ProjectDir = Path(),
    profiles_dir: ProfilesDir = None,
    target: Target = None,
) -> None:
    """Write manifest.json and catalog.json (dbt's schemas) of what is built."""
    from retention_pipeline.cataloguing import generate as write

    for path in write(make_options(project_dir, profiles_dir, target, vars_, None), clock):
        typer.echo(f"wrote {path}")
