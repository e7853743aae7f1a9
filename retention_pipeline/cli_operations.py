"""`pipeline run-operation`.

Room:  edge. Imports flags; operations inside the command.
In:    flags.  Out: what the macro prints, an exit code.
"""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from retention_pipeline.flags import FAILED, Quiet, Wait, in_project, say
from retention_pipeline.options import Options

Macro = Annotated[
    str, typer.Argument(help="A macro of the project or of one package, or package.macro.")
]
Args = Annotated[Optional[str], typer.Option("--args", help="Its arguments, in YAML: '{days: 3}'.")]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(name="run-operation")(run_operation)


@in_project
def run_operation(
    macro: Macro,
    *,
    args: Args = None,
    options: Options,
    wait: Wait = 0.0,
    quiet: Quiet = False,
) -> None:
    """Run one macro, which may ask and change the working database. What it prints is the output."""
    from retention_pipeline.operations import OperationError
    from retention_pipeline.operations import run_operation as run
    from retention_pipeline.settings import parse_vars

    try:
        run(options, macro, parse_vars(args, "--args"), say, wait)
    except OperationError as error:
        say(str(error), err=True)
        raise typer.Exit(FAILED) from None
    if not quiet:
        say(f"done: {macro}", err=True)
