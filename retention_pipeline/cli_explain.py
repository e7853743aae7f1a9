"""The command about one number: explain.

Room:  edge. Imports flags; api_explain and the report inside the command.
In:    flags.  Out: text; exit codes as everywhere.
"""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from retention_pipeline.errors import CommandError
from retention_pipeline.flags import on_project
from retention_pipeline.options import Options


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(explain)


@on_project
def explain(
    *,
    name: Annotated[str, typer.Argument(metavar="MART.COLUMN", help="The column of the cell.")],
    key: Annotated[
        Optional[list[str]],
        typer.Option("--key", "-k", help="COLUMN=VALUE of its row (null for NULL). Repeatable."),
    ] = None,
    sql: Annotated[bool, typer.Option("--sql", help="Print the queries instead.")] = False,
    output: Annotated[str, typer.Option("--output", help="text or json.")] = "text",
    limit: Annotated[
        int, typer.Option("--limit", min=0, help="Rows to show of each table; 0: all.")
    ] = 10,
    options: Options,
) -> None:
    """Print what one cell of a mart was made of: models, customers, raw rows; and prove it."""
    from retention_pipeline import explain_report as report
    from retention_pipeline.api_explain import explain as find

    if output not in ("text", "json"):
        raise CommandError(f"--output '{output}' is unknown", fix="use text or json")
    answer = find(options, name, _parsed(key or []), limit or None)
    if sql:
        typer.echo("\n".join(report.as_sql(answer)))
    elif output == "json":
        typer.echo(report.as_json(answer))
    else:
        typer.echo("\n".join(report.as_text(answer)))


def _parsed(keys: list[str]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for text in keys:
        column, equals, value = text.partition("=")
        if not equals or not column.strip():
            raise CommandError(f"--key '{text}' is not COLUMN=VALUE", fix="--key month=2026-01-01")
        if column.strip() in found:
            raise CommandError(
                f"--key {column.strip()} is given twice", fix="give each column once"
            )
        found[column.strip()] = None if value.strip().lower() == "null" else value.strip()
    return found
