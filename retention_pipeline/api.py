"""What the command line does, for Python callers: load, compile, build, test, show.

Room:  edge. Imports every room below. Reads no clock and prints nothing.
In:    a project folder and options.  Out: Results, Compiled, tables; PipelineError kinds.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from retention_pipeline import __version__
from retention_pipeline.compiler import Compiled, compile_project
from retention_pipeline.errors import CommandError, EngineError, Location, did_you_mean
from retention_pipeline.events import Listen, Notice, Published, Results
from retention_pipeline.past import NodeState, State
from retention_pipeline.plan import Command, Now, Plan, ephemeral_models, make_plan
from retention_pipeline.project import Project, load
from retention_pipeline.selection import select
from retention_pipeline.settings import with_as_of

if TYPE_CHECKING:
    from retention_pipeline.engine import Engine
    from retention_pipeline.ledger import Ledger


def _silent(_: object) -> None:
    """Listen to nothing."""


@dataclass(frozen=True)
class Options:
    """How to read a project. `today` gives the date in a time zone: the edge's only clock."""

    project_dir: Path = field(default_factory=Path)
    profiles_dir: Path | None = None
    target: str | None = None
    vars: Mapping[str, Any] = field(default_factory=dict)
    threads: int | None = None
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    today: Any = None


def open_project(options: Options) -> Project:
    """Read the project and settle its vars. Raises ProjectError and CommandError kinds."""
    root = options.project_dir.resolve()
    project = load(
        root,
        environ=options.environ,
        cli_vars=options.vars,
        profiles_dir=options.profiles_dir,
        target=options.target,
    )
    values = with_as_of(options.vars, project.vars, options.today or _no_clock)
    target = (
        project.target
        if options.threads is None
        else replace(project.target, threads=options.threads)
    )
    return replace(project, vars={**project.vars, **values}, target=target)


def _no_clock(zone: ZoneInfo) -> date:
    raise CommandError("var as_of is not set", fix="give it: vars={'as_of': '2026-01-31'}")


def compile_(options: Options) -> Compiled:
    """Render and check the whole project; needs no database."""
    return compile_project(open_project(options))


@dataclass(frozen=True)
class Flags:
    """How to run: what to rebuild, how long to wait for another build, whether to publish."""

    full_refresh: bool = False
    retest: bool = False
    publish: bool = True
    wait: float = 0.0
    clock: Callable[[], datetime] | None = None  # for people only: no model ever sees it


def execute(
    command: Command,
    options: Options,
    include: Iterable[str] = (),
    exclude: Iterable[str] = (),
    listen: Listen = _silent,
    flags: Flags = Flags(),
) -> Results:
    """Run `build`, `run`, `test` or `seed`; `build` publishes when everything it ran passed.

    What has not changed since the last build is not built again. Raises PipelineError kinds before
    anything ran: an invalid project, selector or input, or a database that cannot be opened. What
    fails later is in the Results.
    """
    began = time.time_ns()
    compiled = compile_(options)
    for text in compiled.warnings:
        listen(Notice(text))

    from retention_pipeline.artifacts import write_compiled, write_results
    from retention_pipeline.binder import bound
    from retention_pipeline.engine import Engine
    from retention_pipeline.lock import held
    from retention_pipeline.run import run

    build_id = uuid4().hex
    with bound(compiled) as (types, shadow):
        _check_before(compiled, command, include, exclude)
        with (
            held(compiled.project.target.path, _shown(_moment(flags)), flags.wait),
            Engine.of(compiled.project.target) as engine,
        ):
            ledger = open_ledger(compiled, engine, build_id, flags)
            plan = make_plan(compiled, command, include, exclude, ledger.now)
            for node in _drop_orphans(plan, engine, ledger):
                listen(Notice(f"dropped {node.relation}: {node.unique_id} makes it no more"))
            results = run(plan, compiled, engine, types, shadow, ledger, listen)
            _remember(engine, compiled, ledger, results)
            if command is Command.BUILD:
                published = _publish(compiled, engine, ledger, results, flags)
                results = replace(results, published=published)
    write_compiled(compiled)
    write_results(compiled, results, build_id)
    return replace(results, began_ns=began, plan=plan, compiled=compiled, notes=ledger.loader.notes)


def _check_before(
    compiled: Compiled, command: Command, include: Iterable[str], exclude: Iterable[str]
) -> None:
    """What can be known to be wrong before a database is made."""
    from retention_pipeline.loads import Loader

    make_plan(compiled, command, include, exclude, Now())
    if command is Command.BUILD:
        from retention_pipeline.deliver import check_targets

        check_targets(compiled)
    if command in (Command.BUILD, Command.RUN):
        probe = Loader(compiled)
        _ = probe.origins, probe.on_bad_rows


def open_ledger(
    compiled: Compiled,
    engine: Engine,
    build_id: str,
    flags: Flags = Flags(),
) -> Ledger:
    """What the database remembers, ready to be compared with the project."""
    from retention_pipeline.ledger import Ledger
    from retention_pipeline.loads import Loader
    from retention_pipeline.state import prepare_state, read_state

    prepare_state(engine)
    state = read_state(engine)
    return Ledger(
        compiled,
        Loader(compiled, state.files),
        state,
        engine.relations(),
        build_id,
        full_refresh=flags.full_refresh,
        retest=flags.retest,
    )


def _drop_orphans(plan: Plan, engine: Engine, ledger: Ledger) -> Iterable[NodeState]:
    """Drop what removed or renamed nodes left, unless another node has that relation now."""
    from retention_pipeline.state import drop_orphan

    compiled = ledger.compiled
    made = compiled.relations.keys() - ephemeral_models(compiled)
    taken = {compiled.relations[uid] for uid in made}
    for node in plan.orphans:
        kind = None if node.relation in taken else ledger.existing.get(node.relation)
        drop_orphan(engine, node, kind)
        del ledger.nodes[node.unique_id]
    return plan.orphans


def _remember(engine: Engine, compiled: Compiled, ledger: Ledger, results: Results) -> None:
    from retention_pipeline.state import write_files, write_nodes, write_tests

    known = {*compiled.tests, *compiled.unit_tests}
    write_tests(engine, ledger.test_states(results), ledger.state.tests.keys() - known)
    write_files(engine, ledger.loader.notes)
    write_nodes(engine, ledger.attested.values())


def dry_run(
    options: Options,
    include: Iterable[str] = (),
    exclude: Iterable[str] = (),
    flags: Flags = Flags(),
) -> Plan:
    """The plan that `build` would run; nothing is written."""
    compiled = compile_(options)
    from retention_pipeline.engine import Engine
    from retention_pipeline.ledger import Ledger
    from retention_pipeline.loads import Loader
    from retention_pipeline.state import read_state

    database = compiled.project.target.path
    if database == ":memory:" or not Path(database).exists():
        ledger = Ledger(
            compiled, Loader(compiled), State(), {}, "", flags.full_refresh, flags.retest
        )
        return make_plan(compiled, Command.BUILD, include, exclude, ledger.now)
    with Engine.of(compiled.project.target, read_only=True) as engine:
        state = read_state(engine)
        ledger = Ledger(
            compiled,
            Loader(compiled, state.files),
            state,
            engine.relations(),
            "",
            flags.full_refresh,
            flags.retest,
        )
        return make_plan(compiled, Command.BUILD, include, exclude, ledger.now)


def to_retry(options: Options) -> list[str]:
    """Names of what failed or was skipped in the last run. Raises CommandError when there is none."""
    project = open_project(options)
    path = project.root / project.target_path / "run_results.json"
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        results = [(r["unique_id"], r["status"]) for r in document["results"]]
    except (OSError, ValueError, KeyError, TypeError):
        raise CommandError("there is no last run to retry", at=Location(path)) from None
    bad = [uid for uid, status in results if status in ("failed", "skipped")]
    if not bad:
        raise CommandError("nothing failed in the last run", at=Location(path))
    cards = compile_(options).cards
    return [cards[uid].name for uid in bad if uid in cards]


def _publish(
    compiled: Compiled, engine: Engine, ledger: Ledger, results: Results, flags: Flags
) -> Published | None:
    """Publish, or say why not. A project without a marts schema has nothing to publish."""
    from retention_pipeline.deliver import deliver, published_models, published_path, why_not

    path = str(published_path(compiled))
    if not published_models(compiled):
        return None
    if not flags.publish:
        return Published(path, 0, "--no-publish")
    if not results.ok:
        return Published(path, 0, f"the build did not pass; {path} is as it was")
    reason = why_not(compiled, engine, ledger)
    if reason:
        return Published(path, 0, reason)
    return deliver(compiled, engine, ledger, _moment(flags))


def _moment(flags: Flags) -> datetime | None:
    return flags.clock() if flags.clock else None


def _shown(moment: datetime | None) -> str:
    return "" if moment is None else moment.strftime("%Y-%m-%d %H:%M:%S UTC")


def show(
    options: Options, model: str | None, inline: str | None, limit: int
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Rows of a model's query, or of `inline` SQL, from the working database; nothing is written."""
    compiled = compile_(options)
    if (model is None) == (inline is None):
        raise CommandError(
            "give a model or --inline SQL", fix="pipeline show rfm_segments --limit 5"
        )
    if inline is not None:
        sql = _inline(compiled, inline)
    else:
        names = {m.model.name: m for m in compiled.models.values()}
        if model not in names:
            raise CommandError(f"no model '{model}'", fix=did_you_mean(str(model), names))
        sql = names[model].sql
    from retention_pipeline.engine import Engine, EngineFault

    path = compiled.project.target.path
    if path != ":memory:" and not Path(path).exists():
        raise EngineError("nothing is built yet", at=Location(path), fix="pipeline build")
    with Engine.of(compiled.project.target, read_only=True) as engine:
        try:
            return engine.table(f"select * from (\n{sql}\n) as shown limit {limit}", shift=1)
        except EngineFault as fault:
            raise CommandError(fault.message, fix=fault.fix) from None


def _inline(compiled: Compiled, text: str) -> str:
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


def list_nodes(
    options: Options, include: Iterable[str] = (), exclude: Iterable[str] = ()
) -> list[str]:
    """Names of the selected nodes in build order, then the tests."""
    compiled = compile_(options)
    chosen = select(compiled.graph, compiled.cards, include, exclude)
    order = [uid for uid in compiled.graph.order() if uid in chosen]
    tests = (compiled.tests.keys() | compiled.unit_tests.keys()) & chosen
    nodes = [uid for uid in order if uid not in tests]
    return [_label(compiled, uid) for uid in (*nodes, *(u for u in order if u in tests))]


def _label(compiled: Compiled, uid: str) -> str:
    card = compiled.cards[uid]
    return card.name if card.kind == "model" else f"{card.kind}:{card.name}"


def clean(options: Options) -> list[Path]:
    """Remove the clean-targets of dbt_project.yml; all of them, or none and a CommandError."""
    project = open_project(options)
    removed = []
    for path in [_cleanable(project, name) for name in project.clean_targets]:
        if path.is_dir():
            shutil.rmtree(path)
            removed.append(path)
        elif path.exists():
            path.unlink()
            removed.append(path)
    return removed


def _cleanable(project: Project, name: str) -> Path:
    """The folder that a clean-target means; never one outside, never one that holds work or data."""
    path = (project.root / name).resolve()
    at = Location(project.root / "dbt_project.yml")
    if project.root not in path.parents:
        raise CommandError(f"clean-targets: '{name}' is not below the project", at=at)
    files = [n.path for n in project.models] + [n.path for n in project.seeds]
    files += [n.path for n in project.macros]
    kept = [project.root / path for path in files] + [Path(project.target.path).resolve()]
    if any(path == file or path in file.parents for file in kept):
        raise CommandError(f"clean-targets: '{name}' holds models or a database", at=at)
    return path


def debug(options: Options) -> list[tuple[str, str]]:
    """Facts about the installation and the project, and whether the database opens."""
    import platform
    from importlib.metadata import version

    project = open_project(options)
    facts = [("python", platform.python_version()), ("retention_pipeline", __version__)]
    facts += [(name, version(name)) for name in ("duckdb", "sqlglot", "jinja2", "typer")]
    facts += [
        ("project", f"{project.name} in {project.root}"),
        (
            "target",
            f"{project.target.name} ({project.target.type}, {project.target.threads} threads)",
        ),
        ("working database", project.target.path),
        ("models", str(len(project.models))),
        ("as_of", str(project.vars.get("as_of") or project.vars.get("sample_as_of"))),
    ]
    from retention_pipeline.engine import Engine

    with Engine.of(project.target) as engine:
        facts.append(("connection", "ok" if engine.query("select 1") == [(1,)] else "broken"))
    return facts


def as_json(columns: list[str], rows: list[tuple[Any, ...]]) -> str:
    """Rows as JSON; what JSON has no word for becomes text."""
    return json.dumps([dict(zip(columns, row, strict=True)) for row in rows], default=str, indent=1)
