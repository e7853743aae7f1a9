"""The commands about what there is: docs, docs generate.

Room:  edge. Imports flags; api_docs and cataloguing inside the commands.
In:    flags.  Out: files, a local server; exit codes as everywhere.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from retention_pipeline.flags import clock, in_project
from retention_pipeline.options import Options


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    docs_app = typer.Typer(invoke_without_command=True)
    docs_app.callback()(docs)
    docs_app.command()(generate)
    app.add_typer(docs_app, name="docs")


@in_project
def docs(
    *,
    context: typer.Context,
    out: Annotated[
        Optional[Path], typer.Option("--out", help="Folder of index.html.  [default: target/docs]")
    ] = None,
    serve: Annotated[bool, typer.Option("--serve", help="Show it at a local address.")] = False,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0: a free one.")] = 8080,
    artifacts: Annotated[
        Optional[Path],
        typer.Option("--artifacts", help="A folder with the manifest.json of any dbt project."),
    ] = None,
    options: Options,
) -> None:
    """Write one static page: models, columns, metrics, tests, SQL and lineage, to search and read."""
    if context.invoked_subcommand is not None:
        return
    from retention_pipeline import api_docs

    path = (
        api_docs.write_docs(options, out, clock)
        if artifacts is None
        else api_docs.write_docs_of(artifacts, out)
    )
    typer.echo(f"wrote {path}")
    if serve:
        with api_docs.server(path.parent, port) as running:
            typer.echo(f"http://127.0.0.1:{running.server_port}/  (Ctrl-C ends it)")
            try:
                running.serve_forever()
            except KeyboardInterrupt:
                typer.echo("")


@in_project
def generate(
    options: Options,
) -> None:
    """Write manifest.json and catalog.json (dbt's schemas) of what is built."""
    from retention_pipeline.cataloguing import generate as write

    for path in write(options, clock):
        typer.echo(f"wrote {path}")
