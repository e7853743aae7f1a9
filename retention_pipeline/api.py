"""What the command line does, for Python callers: load, compile, build, test, show.

Room:  edge. Imports every room below. Reads no clock and prints nothing.
In:    a project folder and options.  Out: Results, Compiled, tables; PipelineError kinds.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from retention_pipeline import __version__
from retention_pipeline.compiler import Compiled, compile_project
from retention_pipeline.errors import CommandError, EngineError, Location, did_you_mean
from retention_pipeline.events import Listen, Notice, Published, Results
from retention_pipeline.plan import Command, Plan, make_plan
from retention_pipeline.project import Project, load
from retention_pipeline.selection import select
from retention_pipeline.settings import with_as_of

if TYPE_CHECKING:
    from retention_pipeline.engine import Engine


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


def execute(
    command: Command,
    options: Options,
    include: Iterable[str] = (),
    exclude: Iterable[str] = (),
    listen: Listen = _silent,
    *,
    no_publish: bool = False,
) -> Results:
    """Run `build`, `run`, `test` or `seed`; `build` publishes when everything it ran passed.

    Raises PipelineError kinds before anything ran: an invalid project, selector or input, or a
    database that cannot be opened. What fails later is in the Results.
    """
    compiled = compile_(options)
    for text in compiled.warnings:
        listen(Notice(text))

    from retention_pipeline.artifacts import write_compiled, write_results
    from retention_pipeline.audit import mark_failures
    from retention_pipeline.binder import bind
    from retention_pipeline.engine import Engine
    from retention_pipeline.loads import Loader
    from retention_pipeline.run import run

    types = bind(compiled)
    loader = Loader(compiled)
    make_plan(compiled, command, include, exclude, {})  # a bad selector must not create a database
    if command in (Command.BUILD, Command.RUN):
        _ = loader.origins, loader.on_bad_rows  # a missing input must not either
    build_id = uuid4().hex
    with Engine.of(compiled.project.target) as engine:
        existing = engine.relations()
        plan = make_plan(compiled, command, include, exclude, existing)
        results = run(plan, compiled, engine, types, loader, existing, listen)
        # a whole build tells all that is wrong: what it did not meet is no longer there
        is_all = plan.is_whole and command is Command.BUILD
        mark_failures(engine, results, () if is_all else compiled.cards)
        if command is Command.BUILD:
            published = _publish(compiled, plan, engine, results, build_id, no_publish)
            results = replace(results, published=published)
    write_compiled(compiled)
    write_results(compiled, results, build_id)
    return results


def _publish(
    compiled: Compiled,
    plan: Plan,
    engine: Engine,
    results: Results,
    build_id: str,
    no_publish: bool,
) -> Published | None:
    """Publish, or say why not. A project without a marts schema has nothing to publish."""
    from retention_pipeline.audit import open_failures
    from retention_pipeline.publish import publish, published_models, published_path

    marts = published_models(compiled)
    path = str(published_path(compiled))
    if not marts:
        return None
    if no_publish:
        return Published(path, 0, "--no-publish")
    if not results.ok:
        return Published(path, 0, f"the build did not pass; {path} is as it was")
    open_ones = list(open_failures(engine).values())
    if open_ones:
        return Published(
            path, 0, f"failed earlier and not passed since: {', '.join(open_ones[:5])}"
        )
    there = engine.relations()
    missing = [m.relation.name for m in marts if m.relation not in there]
    if missing:
        return Published(path, 0, f"not built yet: {', '.join(missing[:5])}")
    try:
        return publish(compiled, engine, results, build_id)
    except EngineError as error:
        return Published(path, 0, str(error), failed=True)


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
