"""What the command line does, for Python callers: load, compile, build, test, show.

Room:  edge. Imports every room below. Reads no clock and prints nothing.
In:    a project folder and options.  Out: Results, Compiled, tables; PipelineError kinds.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from retention_pipeline import __version__
from retention_pipeline.choice import Choice, Choices
from retention_pipeline.choosing import choose
from retention_pipeline.compiled import Compiled, Watcher
from retention_pipeline.compiler import compile_project
from retention_pipeline.errors import CommandError, ErrorGroup, Location, did_you_mean
from retention_pipeline.events import Listen, Notice, Results
from retention_pipeline.keeping import Keeper
from retention_pipeline.options import Flags, Options
from retention_pipeline.parity import VAR, apart, summary
from retention_pipeline.past import State
from retention_pipeline.plan import Command, Plan, make_plan
from retention_pipeline.profile import Target
from retention_pipeline.project import Project, load
from retention_pipeline.settings import with_as_of

if TYPE_CHECKING:
    from retention_pipeline.engine import Engine

__all__ = [
    "Command",
    "Flags",
    "Options",
    "compile_",
    "debug",
    "dry_run",
    "execute",
    "open_project",
    "show",
    "to_retry",
]
_DEFAULT = Flags()


def _silent(_: object) -> None:
    """Listen to nothing."""


def open_project(options: Options) -> Project:
    """Read the project and settle its vars. Raises ProjectError and CommandError kinds."""
    return _settled(_read(options), options)


def _read(options: Options) -> Project:
    return load(
        options.project_dir.resolve(),
        environ=options.environ,
        cli_vars=options.vars,
        profiles_dir=options.profiles_dir,
        target=options.target,
    )


def _settled(project: Project, options: Options) -> Project:
    values = with_as_of(options.vars, project.vars, options.today or _no_clock)
    target = (
        project.target
        if options.threads is None
        else replace(project.target, threads=options.threads)
    )
    return apart(replace(project, vars={**project.vars, **values}, target=target))


def _no_clock(zone: ZoneInfo) -> date:
    raise CommandError("var as_of is not set", fix="give it: vars={'as_of': '2026-01-31'}")


def compile_(
    options: Options,
    watcher: Watcher | None = None,
    later: list[Callable[[], None]] | None = None,
) -> Compiled:
    """Render the whole project, or take what an earlier command kept; needs no database.

    `later`: takes the work of keeping it, for a caller who will find a better time for it.
    """
    began, keeper = time.time_ns(), Keeper.of(options)
    kept = None if keeper is None else keeper.read()
    if kept is not None:
        return kept
    project = _read(options)
    compiled = compile_project(_settled(project, options), watcher=watcher)
    if keeper is not None:
        is_todays = compiled.project.vars.get("as_of") != project.vars.get("as_of")
        keep = partial(keeper.write, compiled, began, is_todays=is_todays)
        if later is None:
            keep()
        else:
            later.append(keep)
    return compiled


def execute(
    command: Command,
    options: Options,
    include: Iterable[str] = (),
    exclude: Iterable[str] = (),
    listen: Listen = _silent,
    flags: Flags = _DEFAULT,
) -> Results:
    """Run `build`, `run`, `test` or `seed`; `build` publishes when everything it ran passed.

    What has not changed since the last build is not built again. Raises PipelineError kinds before
    anything ran: an invalid project, selector or input, or a database that cannot be opened. What
    fails later is in the Results.
    """
    began = time.time_ns()
    from retention_pipeline.early import Early

    with ExitStack() as stack:
        early = stack.enter_context(Early())
        later: list[Callable[[], None]] = []
        compiled = compile_(options, early, later)
        chores = partial(do_all, later)
        stack.callback(chores)  # where the build did not come to it
        early.goes_on(compiled)
        from retention_pipeline.building import Building  # while models are bound

        choices = _choices(compiled, include, exclude, flags)
        if compiled.project.vars.get(VAR):
            for text in summary(compiled.project, compiled.renderer):
                listen(Notice(text))
        for text in broken_contracts(compiled, flags.choice, warn_error=flags.warn_error):
            listen(Notice(text))
        building = Building(compiled, command, choices, listen, flags, early, chores)
        return replace(building.run(), began_ns=began)


def do_all(chores: list[Callable[[], None]]) -> None:
    """Do each once; whoever comes later finds none."""
    while chores:
        chores.pop()()


def broken_contracts(compiled: Compiled, choice: Choice, *, warn_error: bool = False) -> list[str]:
    """A sentence for each contract that an earlier run had and that is broken now.

    Raises an error for those that may not be.
    """
    if choice.state is None:
        return []
    from retention_pipeline.contract_breaks import contract_breaks, refused

    broken = list(contract_breaks(compiled, choice.state))
    errors = [CommandError(text) for text in refused(broken, choice, warn_error=warn_error)]
    if errors:
        raise errors[0] if len(errors) == 1 else ErrorGroup(errors)
    return [one.text for one in broken]


def _choices(
    compiled: Compiled, include: Iterable[str], exclude: Iterable[str], flags: Flags
) -> Choices:
    return choose(compiled, replace(flags.choice, include=tuple(include), exclude=tuple(exclude)))


def dry_run(
    options: Options,
    include: Iterable[str] = (),
    exclude: Iterable[str] = (),
    flags: Flags = _DEFAULT,
) -> Plan:
    """The plan that `build` would run; nothing is written."""
    compiled = compile_(options)
    choices = _choices(compiled, include, exclude, flags)
    from retention_pipeline.ledger import Ledger
    from retention_pipeline.loads import Loader
    from retention_pipeline.materialize.external import gone_files
    from retention_pipeline.state import read_salt_id, read_state
    from retention_pipeline.warehouse import open_warehouse

    database = compiled.project.target.path
    if database == ":memory:" or not Path(database).exists():
        ledger = Ledger(
            compiled, Loader(compiled), State(), {}, "", flags.full_refresh, flags.retest
        )
        return make_plan(compiled, Command.BUILD, choices, ledger.now)
    with open_warehouse(compiled, read_only=True) as engine:
        state = read_state(engine)
        ledger = Ledger(
            compiled,
            Loader(compiled, state.files, engine.places),
            state,
            {r: kind for r, kind in engine.relations().items() if r not in gone_files(compiled)},
            "",
            flags.full_refresh,
            flags.retest,
            read_salt_id(engine),
            flags.empty,
        )
        return make_plan(compiled, Command.BUILD, choices, ledger.now)


def clone(options: Options, choice: Choice, flags: Flags = _DEFAULT) -> list[str]:
    """Copy the chosen relations of the run in `choice.state`; a line for each.

    Raises CommandError, SelectionError and EngineError kinds.
    """
    compiled = compile_(options)
    choices = choose(compiled, choice)
    from retention_pipeline.cloning import clone as copied
    from retention_pipeline.lock import held
    from retention_pipeline.warehouse import open_warehouse

    path, anew = compiled.project.target.path, flags.full_refresh
    with (
        held(path, str(flags.moment or ""), flags.wait),
        open_warehouse(compiled) as engine,
    ):
        return [str(copy) for copy in copied(compiled, choices, choice.state, engine, anew=anew)]


def to_retry(options: Options) -> tuple[Command, Options, list[str], Flags]:
    """The last run again: its command, vars, target and flags; the names of what failed or was skipped.

    Vars and a target that `options` has itself stay. Raises CommandError when there is nothing.
    """
    project = open_project(options)
    path = project.root / project.target_path / "run_results.json"
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        results = [(r["unique_id"], r["status"]) for r in document["results"]]
        args = dict(document.get("args") or {})
    except (OSError, ValueError, KeyError, TypeError):
        raise CommandError("there is no last run to retry", at=Location(path)) from None
    bad = [uid for uid, status in results if status in ("error", "fail", "skipped")]
    if not bad:
        raise CommandError("nothing failed in the last run", at=Location(path))
    command = str(args.get("which"))
    again = Command(command) if command in set(Command) else Command.BUILD
    options = replace(
        options,
        vars=options.vars or args.get("given_vars") or {},
        target=options.target or args.get("target"),
    )
    cards = compile_(options).cards
    found = [cards[uid].name for uid in bad if uid in cards]
    if not found:
        raise CommandError(
            "what failed in the last run is no longer there",
            at=Location(path),
            fix=f"pipeline {again}",
        )
    return again, options, found, Flags(**{n: args[n] for n in _DEFAULT.kept if n in args})


def show(
    options: Options,
    model: str | None,
    inline: str | None,
    limit: int,
    choice: Choice | None = None,
    listen: Listen = _silent,
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Rows of a model's query, or of `inline` SQL, from the working database; nothing is written.

    `choice` may ask to read what is not built where an earlier run has it.
    """
    compiled = compile_(options)
    if (model is None) == (inline is None):
        raise CommandError(
            "give a model or --inline SQL", fix="pipeline show rfm_segments --limit 5"
        )
    shown = {n: u for n, u in compiled.ids_by_name.items() if u not in compiled.sources}
    uid = shown.get(model or "")
    if inline is None and uid is None:
        raise CommandError(f"no model '{model}'", fix=did_you_mean(str(model), shown))
    from retention_pipeline.deferring import readable
    from retention_pipeline.engine import EngineFault

    ids = frozenset() if uid is None else frozenset({uid})
    with readable(compiled, Choices(ids, ids), choice or Choice(), listen) as (read, engine):
        sql = compile_inline(read, inline or "") if uid is None else _query_of(read, uid, engine)
        try:
            return engine.ask(sql, limit=None if limit < 0 else limit)
        except EngineFault as fault:
            raise CommandError(fault.message, fix=fault.fix) from None


def _query_of(compiled: Compiled, uid: str, engine: Engine) -> str:
    """A model's query; a seed and what Python makes have none but their table."""
    from retention_pipeline.turn import model_at_turn

    model = compiled.models.get(uid)
    if model is None or model.model.is_python:
        return f"select * from {compiled.relations[uid]}"
    return model_at_turn(compiled, model, engine).sql if model.introspective else model.sql


def compile_inline(compiled: Compiled, text: str) -> str:
    """SQL of a template that is no file of the project. Raises CompileError kinds."""
    relations = {card.name: compiled.relations.get(uid) for uid, card in compiled.cards.items()}
    rendered = compiled.renderer.render(
        text,
        Location("--inline"),
        this=None,
        resolve_ref=relations.get,
        resolve_source=relations.get,
        names=(relations, relations),
    )
    return rendered.sql.rstrip("; \n")


def debug(options: Options) -> list[tuple[str, str]]:
    """Facts about the installation and the project, and whether the database opens."""
    import platform
    from importlib.metadata import version

    project = open_project(options)
    facts = [("python", platform.python_version()), ("retention_pipeline", __version__)]
    facts += [(name, version(name)) for name in ("duckdb", "sqlglot", "jinja2", "typer")]
    facts += [
        ("project", f"{project.name} in {project.root}"),
        ("target", f"{project.target.name} ({_kind(project.target)})"),
        ("working database", project.target.path),
        ("models", str(len(project.models))),
        ("as_of", str(project.vars.get("as_of") or project.vars.get("sample_as_of"))),
    ]
    from retention_pipeline.engines.opening import open_engine

    with open_engine(compile_project(project), project.target) as engine:
        answer = engine.ask("select 1 as one")[1]
        facts.append(("connection", "ok" if answer == [(1,)] else "broken"))
    return facts


def _kind(target: Target) -> str:
    """What it is, in words."""
    server = target.server
    where = target.type if server is None else f"Spark at {server.address}, {server.format} tables"
    return f"{where}, {target.threads} threads"


def as_json(columns: list[str], rows: list[tuple[Any, ...]]) -> str:
    """Rows as JSON; what JSON has no word for becomes text."""
    return json.dumps([dict(zip(columns, row, strict=True)) for row in rows], default=str, indent=1)
