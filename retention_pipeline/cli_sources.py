"""`pipeline source freshness`.

Room:  edge. Imports flags; freshening inside the command.
In:    flags.  Out: a line for each source, an exit code.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from retention_pipeline.choice import Choice
from retention_pipeline.flags import FAILED, WarnError, clock, in_project, say, selecting
from retention_pipeline.options import Options

Output = Annotated[
    Optional[Path],
    typer.Option("--output", "-o", help="Another file than target/sources.json."),
]


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    source = typer.Typer(help="The tables that come from outside.", no_args_is_help=True)
    source.command()(freshness)
    app.add_typer(source, name="source")


@selecting
@in_project
def freshness(
    choice: Choice,
    *,
    output: Output = None,
    warn_error: WarnError = False,
    options: Options,
) -> None:
    """Say how old the sources are that have a freshness; write sources.json."""
    from retention_pipeline.freshening import source_freshness

    ages = source_freshness(options, choice, clock(), output)
    for age in ages:
        old = "" if age.seconds is None else f" {_old(age.seconds)}"
        why = f": {age.message}" if age.message else ""
        say(f"{age.status:<14} {age.source.name}{old}{why}  ({age.at})")
    if not ages:
        say("no source has a freshness")
    bad = {"error", "runtime error"} | ({"warn"} if warn_error else set())
    if any(age.status in bad for age in ages):
        raise typer.Exit(FAILED)


def _old(seconds: float) -> str:
    """How long that is, in words.

    >>> _old(3 * 86400 + 7300), _old(125)
    ('3 days 2 hours old', '2 minutes old')
    """
    days, rest = divmod(int(seconds), 86400)
    if days > 700_000:
        return "has no rows"
    hours, rest = divmod(rest, 3600)
    parts = [(days, "days"), (hours, "hours"), (rest // 60, "minutes")]
    said = [f"{count} {word}" for count, word in parts if count][:2]
    return f"{' '.join(said) or '0 minutes'} old"
