"""The command line: flags in, one call, exit code out.

Room:  edge. Imports api inside the commands, so that --help pays for nothing.
In:    argv, the environment, the clock.  Out: text and an exit code.
"""

from __future__ import annotations

import errno
from contextlib import suppress
from functools import cache
from typing import Annotated, Any, Optional

import typer
from typer.core import TyperGroup
from typer.main import get_command_name
from typer.models import CommandInfo

from retention_pipeline import (
    __version__,
    cli_docs,
    cli_explain,
    cli_lineage,
    cli_listing,
    cli_operations,
    cli_privacy,
    cli_project,
    cli_publishing,
    cli_report,
    cli_running,
    cli_sources,
)
from retention_pipeline.choice import Choice
from retention_pipeline.errors import BusyError, CommandError, EngineError, PipelineError
from retention_pipeline.flags import (
    BUG,
    FAILED,
    INTERRUPTED,
    INVALID,
    OK,
    Defer,
    FavorState,
    StateDir,
    clock,
    command_first,
    node_names,
    on_project,
    say,
    selecting,
    spread,
)
from retention_pipeline.options import Options

_FULL = (errno.ENOSPC, errno.EDQUOT)
_PUBLISHING = frozenset({"build", "publish", "retry"})
# Perhaps it was after the rename: so not "nothing was published".
_WHOLE = "; what readers have is whole: `pipeline versions` says of which build it is"

_HELP = """Build tested retention marts from raw orders.

Exit codes: 0 all passed; 1 a model or test failed, the marts could not be published, or another
build is at work; 2 the project or the command is invalid, nothing ran; 3 a bug of ours; 130
interrupted by Ctrl-C.
"""


class _Interrupted(Exception):  # noqa: N818 - not a fault
    """Ctrl-C, which typer would turn into an exit code without a word."""


class _Commands(TyperGroup):
    def make_context(self, *given: Any, **named: Any) -> Any:
        try:
            return super().make_context(*given, **named)
        except KeyboardInterrupt:
            raise _Interrupted from None

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise _Interrupted from None


def _program() -> typer.Typer:
    return typer.Typer(
        cls=_Commands,
        help=_HELP,
        no_args_is_help=True,
        add_completion=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


app = _program()
cli_privacy.register(app)
cli_publishing.register(app)
cli_lineage.register(app)
cli_explain.register(app)
cli_docs.register(app)
cli_project.register(app)
cli_listing.register(app)
cli_report.register(app)
cli_operations.register(app)
cli_running.register(app)
cli_sources.register(app)


@app.command(name="compile")
@selecting
@on_project
def compile_command(
    choice: Choice,
    *,
    inline: Annotated[
        Optional[str], typer.Option("--inline", help="Print this SQL; ref() works.")
    ] = None,
    options: Options,
) -> None:
    """Check the project and write the compiled SQL; --select prints it. Needs no database."""
    from retention_pipeline.api import broken_contracts, compile_inline
    from retention_pipeline.artifacts import write_compiled, write_manifest
    from retention_pipeline.checking import check
    from retention_pipeline.choosing import choose

    compiled = check(options)
    for text in compiled.warnings:
        typer.echo(f"note     {text}", err=True)
    for text in broken_contracts(compiled, choice):
        say(f"note     {text}", err=True)
    shown = bool(choice.include or choice.selector)
    choices = choose(compiled, choice)
    read = compiled
    if choice.defer:
        from retention_pipeline.deferring import readable

        with readable(compiled, choices, choice, _note) as there:
            read = there[0]
    if inline is not None:
        typer.echo(compile_inline(read, inline))
        return
    if shown:
        for uid in (u for u in read.graph.order() if u in choices.ids and u in read.models):
            typer.echo(f"-- {read.models[uid].model.name}\n{read.models[uid].sql}\n")
    folder = write_compiled(read)
    write_manifest(compiled, moment=clock())
    typer.echo(
        f"{len(compiled.models)} models, {len(compiled.tests)} data tests: {folder}",
        err=shown,
    )


@app.command()
@on_project
def show(
    *,
    model: Annotated[
        Optional[str],
        typer.Argument(help="A model, snapshot or seed.", autocompletion=node_names),
    ] = None,
    select: Annotated[
        Optional[str],
        typer.Option("--select", "-s", help="The same.", autocompletion=node_names),
    ] = None,
    inline: Annotated[Optional[str], typer.Option("--inline", help="SQL; ref() works.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=-1, help="Rows at most; -1: all.")] = 5,
    output: Annotated[str, typer.Option("--output", help="text or json.")] = "text",
    state: StateDir = None,
    defer: Defer = False,
    favor_state: FavorState = False,
    options: Options,
) -> None:
    """Print rows of a model's query, or of any SQL, from the working database."""
    from retention_pipeline import api
    from retention_pipeline.choice import Choice
    from retention_pipeline.grid import text_table

    if output not in ("text", "json"):
        raise CommandError(f"--output '{output}' is unknown", fix="use text or json")
    if model is not None and select is not None:
        raise CommandError("the model is given twice", fix="leave out --select")
    columns, rows = api.show(
        options,
        select if model is None else model,
        inline,
        limit,
        Choice(state=state, defer=defer, favor_state=favor_state),
        _note,
    )
    typer.echo(api.as_json(columns, rows) if output == "json" else text_table(columns, rows))


def _note(event: object) -> None:
    say(f"note     {getattr(event, 'text', '')}", err=True)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"retention_pipeline {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True)] = False,
) -> None:
    """Build tested retention marts from raw orders."""


@cache
def _command_of(first: str) -> Any:
    """What parses a line that begins so: with a command's name, that command alone.

    typer takes 2 ms to make a command, and there are thirty.
    """
    alone = _program()
    alone.registered_callback = app.registered_callback
    alone.registered_commands = [c for c in app.registered_commands if _word(c) == first]
    return typer.main.get_command(alone if alone.registered_commands else app)


def _word(command: CommandInfo) -> str:
    return command.name or get_command_name(command.callback.__name__ if command.callback else "")


def run_main(argv: list[str]) -> int:
    """The exit code of one command line."""
    argv = command_first(argv)
    try:
        command = _command_of(argv[0] if argv else "")
        code = command.main(args=spread(argv), prog_name="pipeline", standalone_mode=False)
        return int(code or OK)
    except PipelineError as error:
        _tell(error, argv)
        if argv and argv[0] in _PUBLISHING:
            say("nothing was published; what readers have is as it was", err=True)
        return FAILED if isinstance(error, BusyError) else INVALID
    except typer.Exit as done:
        return done.exit_code
    except (_Interrupted, KeyboardInterrupt, typer.Abort):
        is_publishing = bool(argv) and argv[0] in _PUBLISHING
        say(f"interrupted{_WHOLE if is_publishing else ''}", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        return OK
    except Exception as error:  # noqa: BLE001 - the one place that catches what we did not foresee
        return _unforeseen(error)


def _tell(error: PipelineError, argv: list[str]) -> None:
    """Say what is wrong in the manner of the log."""
    import os

    if ("json" in argv and "--log-format" in argv) or "--log-format=json" in argv:
        from retention_pipeline.json_report import json_line

        say(json_line("Invalid", "error", str(error), {"code": error.code}, clock()))
        return
    say(str(error), err=True)
    from retention_pipeline.annotations import is_wanted, of_error

    if is_wanted(os.environ):
        for line in of_error(error, os.environ):
            say(line)


def _unforeseen(error: Exception) -> int:
    if hasattr(error, "format_message") and hasattr(error, "exit_code"):  # click's usage errors
        typer.echo(f"RP501 {error.format_message()}\n  fix: pipeline --help", err=True)
        return INVALID
    if isinstance(error, OSError) and error.errno in _FULL:
        # of its output, for example: what a command writes to files has words of its own
        said = EngineError(f"cannot write: {error.strerror}", fix="make room, and do it again")
        with suppress(OSError):  # nowhere to say it
            typer.echo(str(said), err=True)
        return INVALID
    typer.echo(f"RP900 a bug in pipeline: {type(error).__name__}: {error}", err=True)
    typer.echo(_kept_traceback(error), err=True)
    return BUG


def _kept_traceback(error: Exception) -> str:
    """Where the traceback was written, or itself where nothing can be written."""
    import tempfile
    import traceback

    text = "".join(traceback.format_exception(error))
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="pipeline-bug-", suffix=".txt", delete=False
        ) as file:
            file.write(text)
    except OSError:
        return text
    return f"  the traceback is in {file.name}"
