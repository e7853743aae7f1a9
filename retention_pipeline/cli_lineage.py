"""The command about columns: lineage.

Room:  edge. Imports flags; api_lineage and the report inside the command.
In:    flags.  Out: text; exit codes as everywhere.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from retention_pipeline.errors import CommandError
from retention_pipeline.flags import in_project
from retention_pipeline.options import Options


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(lineage)


@in_project
def lineage(
    *,
    name: Annotated[str, typer.Argument(metavar="MODEL[.COLUMN]", help="Or raw.orders.email.")],
    down: Annotated[
        bool, typer.Option("--down/--up", help="Where to, instead of where from.")
    ] = False,
    output: Annotated[str, typer.Option("--format", help="text, json or mermaid.")] = "text",
    options: Options,
) -> None:
    """Print where columns come from, up to the inputs, or which columns come from them."""
    from retention_pipeline import lineage_report as report
    from retention_pipeline.api_lineage import open_lineage, traced
    from retention_pipeline.upkeep import remember_bound

    if output not in ("text", "json", "mermaid"):
        raise CommandError(f"--format '{output}' is unknown", fix="use text, json or mermaid")
    began = time.time_ns()
    known = open_lineage(options)
    found = traced(known, name, up=not down)
    if output == "json":
        lines = report.as_json(found).split("\n")
    else:
        lines = report.as_text(found) if output == "text" else report.as_mermaid(found)
    typer.echo("\n".join(lines))
    remember_bound(known.compiled, lines, sys.argv[1:], Path.cwd(), began)
