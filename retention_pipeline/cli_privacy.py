"""Commands about people: export an audience, ask to forget a customer.

Room:  edge. Imports flags; api's parts inside the commands.
In:    flags.  Out: text; exit codes as everywhere.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from retention_pipeline.flags import Wait, clock, in_project
from retention_pipeline.options import Options


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    for command in (export, erase):
        app.command()(command)


@in_project
def export(
    *,
    audience: Annotated[str, typer.Argument(help="lookalike_seed, remarketing, ...")],
    platform: Annotated[str, typer.Option("--platform", help="google, meta or csv.")],
    out: Annotated[Path, typer.Option("--out", help="The file to write; never printed.")],
    options: Options,
) -> None:
    """Write a published audience as hashes, only of those who consent to it."""
    from retention_pipeline import api_privacy

    done = api_privacy.export(options, audience, platform, out)
    typer.echo(
        f"wrote {done.rows:,} hashed identifiers of {done.exported:,} customers to {done.path}"
        f" ({done.audience} for {done.platform}, as of {done.as_of})"
    )
    typer.echo(
        f"left out of {done.customers:,}: {done.without_consent:,} without ads_matching consent,"
        f" {done.erasure_asked:,} who ask to be erased,"
        f" {done.without_identifier:,} without e-mail or phone"
    )


@in_project
def erase(
    *,
    customer: Annotated[str, typer.Option("--customer", help="An id of a source or of a mart.")],
    options: Options,
    wait: Wait = 0.0,
) -> None:
    """Note that a customer is to be forgotten; the next build does it."""
    from retention_pipeline import api_privacy

    done = api_privacy.erase(options, customer, clock(), wait)
    if done.is_erased:
        typer.echo("erased already; nothing to note")
        return
    count = len(done.ids)
    ids = "1 customer id" if count == 1 else f"{count} customer ids of one person"
    if done.noted:
        typer.echo(f"noted in {done.path}: erase {ids}")
    else:
        typer.echo(f"noted before in {done.path}: erase {ids}")
    typer.echo(
        "next: pipeline build. Your input files still hold this person: take them out there."
    )
