"""After a whole, good build, or a check: note what would have to change before another is needed.

Room:  edge. Imports compiled, erasure, events, noop, plan, report, salt, sql_text, targets,
       watching.
In:    the finished build, or what was printed.  Out: the record that `noop` reads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from glob import has_magic
from itertools import takewhile
from pathlib import Path

from retention_pipeline.compiled import Compiled
from retention_pipeline.erasure import requests_path
from retention_pipeline.events import Results, Status
from retention_pipeline.materialize.external_settings import external_files
from retention_pipeline.noop import may_be_remembered, record_path, write_record
from retention_pipeline.plan import is_outside
from retention_pipeline.report import TextReport
from retention_pipeline.salt import without_salt
from retention_pipeline.sql_text import is_volatile
from retention_pipeline.targets import read_targets
from retention_pipeline.watching import day_of, remember_answer, watch


def remember(results: Results, argv: Sequence[str], cwd: Path) -> None:
    """Write the record, if this build can vouch for everything that decided it."""
    if not may_be_remembered(argv) or not _can_vouch(results):
        return
    compiled: Compiled = results.compiled
    project = compiled.project
    if any(project.run_hooks.values()):
        return  # they run with every command
    watched = watch(project, [requests_path(project)])
    if watched is None:
        return
    inputs = project.vars.get("inputs_path")
    if inputs:
        watched.folders[project.root / str(inputs)] = ("",)
    for place in (project.vars.get("input_locations") or {}).values():
        watched.folders[project.root / _fixed_part(str(place))] = ("",)
    outputs = [Path(project.target.path)]
    if results.published is not None:  # a project without marts publishes nothing
        targets = read_targets(project)
        outputs += [targets.file, targets.file.with_name("published.json")]
        outputs += [folder / "latest" / "manifest.json" for folder in targets.parquet]
    outputs += external_files(compiled).values()
    zone, date = day_of(project)
    with suppress(OSError):  # only speed is lost
        write_record(
            record_path(argv, cwd),
            argv,
            files=[*watched.files, *results.notes],
            outputs=outputs,
            absent=watched.absent,
            folders=watched.folders,
            env={name: project.environ.get(name) for name in watched.env},
            zone=zone,
            date=date,
            began_ns=results.began_ns,
            lines=_lines(results, quiet=False),
            brief=_lines(results, quiet=True),
        )


def remember_bound(
    compiled: Compiled, lines: list[str], argv: Sequence[str], cwd: Path, began_ns: int
) -> None:
    """Write the record of an answer for which every query was bound: a query may read files."""
    if not _may_change_by_itself(compiled):
        remember_answer(compiled.project, lines, argv, cwd, began_ns)


def _can_vouch(results: Results) -> bool:
    """A whole build that left nothing open, of a project that only its own files decide."""
    if not (results.ok and results.plan.is_whole):
        return False
    left_open = results.published is not None and results.published.reason
    if left_open or any(s.status is Status.SKIPPED for s in results.steps):
        return False
    project = results.compiled.project
    if project.profiles.resolve().parent != project.root:
        return False  # one nearer to the project could appear unseen
    return not _may_change_by_itself(results.compiled)


def _may_change_by_itself(compiled: Compiled) -> bool:
    """True when something reads files, chance, time, or a source that others write."""
    if any(model.is_open for model in compiled.models.values()):
        return True
    queries = [m.sql for m in compiled.models.values()] + [t.sql for t in compiled.tests.values()]
    read: set[str] = set().union(*compiled.graph.needs.values())
    return any(is_outside(compiled, uid) for uid in read) or any(
        is_volatile(without_salt(query)) for query in queries
    )


def _fixed_part(place: str) -> str:
    """The folder of a location in which everything that it may name stands.

    >>> _fixed_part("data/2024-*/orders.csv"), _fixed_part("data/orders.csv"), _fixed_part("*.csv")
    ('data', 'data/orders.csv', '.')
    """
    parts = Path(place).parts
    fixed = list(takewhile(lambda part: not has_magic(part), parts))
    return str(Path(*fixed))


def _lines(results: Results, quiet: bool) -> list[str]:
    """What the next build prints when it finds nothing to do."""
    said: list[str] = []
    report = TextReport(said.append, quiet=quiet)
    reasons: Mapping[str, str] = {
        "data test": "kept: nothing it tests changed",
        "unit test": "kept: nothing it tests changed",
    }
    steps = tuple(
        step
        if step.status is Status.WARN
        else replace(
            step,
            status=Status.REUSED,
            seconds=0.0,
            message=reasons.get(step.kind, "nothing it reads changed"),
        )
        for step in results.steps
    )
    published = results.published
    if published is not None:
        published = replace(published, is_current=True)
    report.show(replace(results, steps=steps, seconds=0.0, published=published))
    return said
