"""Commands about what readers get: publish, rollback, versions, diff.

Room:  edge. Imports flags; api's parts inside the commands.
In:    flags.  Out: text; exit codes as everywhere.
"""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from retention_pipeline.errors import CommandError
from retention_pipeline.flags import Wait, clock, on_project
from retention_pipeline.options import Options


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    for command in (publish, rollback, versions, diff):
        app.command()(command)


@on_project
def publish(
    *,
    options: Options,
    wait: Wait = 0.0,
    force: Annotated[bool, typer.Option("--force", help="Also what was rolled back.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Write every mart anew.")] = False,
    to: Annotated[
        Optional[str],
        typer.Option("--to", help="Then to this output of profiles.yml of type postgres."),
    ] = None,
) -> None:
    """Publish the marts of the last build, to the DuckDB file and the targets of var publish."""
    from retention_pipeline import api_publishing
    from retention_pipeline.report import published_lines, sent_line

    done = api_publishing.publish_now(options, clock(), wait, force=force, fresh=fresh)
    for line in published_lines(done):
        typer.echo(line)
    if to is not None and not (done.reason or done.failed):
        sent = api_publishing.send_to_postgres(options, to, force=force or fresh)
        typer.echo(sent_line(sent))
    raise typer.Exit(1 if done.reason or done.failed else 0)


@on_project
def rollback(
    *,
    build_id: Annotated[Optional[str], typer.Argument(help="Its beginning is enough.")] = None,
    options: Options,
    wait: Wait = 0.0,
) -> None:
    """Put an earlier published version back, Parquet too: the one before, or BUILD_ID."""
    from retention_pipeline import api_publishing

    done = api_publishing.rollback_to(options, build_id, clock(), wait)
    if done.file is None:
        typer.echo("the DuckDB file is that build already")
    else:
        left = f"; build {done.file.left[:8]} was live" if done.file.left else ""
        typer.echo(f"{done.file.path} is build {done.file.restored[:8]} again{left}")
    for folder, version in done.moved.items():
        typer.echo(f"{folder}/latest is version {version}")
    for text in done.stayed:
        typer.echo(f"not everywhere: {text}")
    raise typer.Exit(1 if done.stayed else 0)


@on_project
def versions(
    options: Options,
) -> None:
    """List the published versions that are still there, the newest first."""
    from retention_pipeline import api_publishing

    for version in api_publishing.versions(options):
        mark = "live" if version.is_live else "kept"
        record = version.record
        typer.echo(
            f"{mark}  {version.build_id}  as_of {record.as_of}  built {record.built_at or '?'}"
        )


@on_project
def diff(
    *,
    left: Annotated[
        Optional[str], typer.Argument(help="A published build; default: the live one.")
    ] = None,
    right: Annotated[
        Optional[str], typer.Argument(help="Another; default: the working database.")
    ] = None,
    mart: Annotated[Optional[list[str]], typer.Option("--mart", help="Only these marts.")] = None,
    output: Annotated[str, typer.Option("--output", help="text, json or markdown.")] = "text",
    samples: Annotated[int, typer.Option("--samples", min=0, help="Keys to show per mart.")] = 5,
    options: Options,
) -> None:
    """Say what the last build would change in the published marts, or how two versions differ."""
    from retention_pipeline import api_publishing
    from retention_pipeline.diff_report import as_json, as_markdown, as_text

    if output not in ("text", "json", "markdown"):
        raise CommandError(f"--output '{output}' is unknown", fix="use text, json or markdown")
    found = api_publishing.compare(options, left, right, mart, samples)
    if output == "text":
        typer.echo("\n".join(as_text(found)))
    else:
        typer.echo(as_json(found) if output == "json" else as_markdown(found))
