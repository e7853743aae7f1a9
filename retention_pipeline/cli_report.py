"""The command for those who would rather look: report.

Room:  edge. Imports flags; api_report inside the command.
In:    flags.  Out: one HTML file; exit codes as everywhere.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Optional

import typer

from retention_pipeline.errors import CommandError
from retention_pipeline.flags import on_project, say
from retention_pipeline.options import Options


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(report)


@on_project
def report(
    *,
    out: Annotated[
        Optional[Path],
        typer.Option("--out", help="Default: report.html beside the published file."),
    ] = None,
    open_: Annotated[bool, typer.Option("--open", help="Show it in the browser.")] = False,
    as_of: Annotated[
        Optional[str],
        typer.Option("--as-of", help="Only periods that ended by this day, as known to the build."),
    ] = None,
    options: Options,
) -> None:
    """Write the published marts as one HTML page that needs no network."""
    from retention_pipeline import api_report

    done = api_report.report(options, out, _day(as_of))
    say(
        f"wrote {done.path} ({done.bytes / 1000:,.0f} kB, as of {done.as_of}, build {done.build_id[:8]})"
    )
    if open_:
        typer.launch(done.path.resolve().as_uri())


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"--as-of '{text}' is no day", fix="write it as 2026-06-01") from None
