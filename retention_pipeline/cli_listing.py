"""`pipeline ls`.

Room:  edge. Imports flags; listing inside the command.
In:    flags.  Out: lines; exit codes as everywhere.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from retention_pipeline.choice import Choice
from retention_pipeline.flags import in_project, selecting
from retention_pipeline.options import Options

Output = Annotated[str | None, typer.Option("--output", help="name, path, json or selector.")]
OutputKeys = Annotated[
    list[str] | None, typer.Option("--output-keys", help="For json: only these. Repeatable.")
]


def register(app: typer.Typer) -> None:
    """Add the command to the program, under dbt's both names."""
    app.command(name="ls")(list_command)
    app.command(name="list", hidden=True)(list_command)


@selecting
@in_project
def list_command(
    choice: Choice,
    *,
    output: Output = None,
    output_keys: OutputKeys = None,
    options: Options,
) -> None:
    """List nodes, one a line, in build order."""
    from retention_pipeline.listing import listed
    from retention_pipeline.watching import remember_answer

    began = time.time_ns()
    project, lines = listed(options, choice, output, output_keys or ())
    for line in lines:
        typer.echo(line)
    remember_answer(project, lines, sys.argv[1:], Path.cwd(), began)
