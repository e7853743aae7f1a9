"""After a whole, good build: note what would have to change before another one has work to do.

Room:  edge. Imports choice, compiled, erasure, errors, events, noop, plan, report, salt,
       sql_text, targets.
In:    the finished build.  Out: the record that `noop` reads.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from glob import has_magic
from itertools import takewhile
from pathlib import Path

from retention_pipeline.choice import SELECTORS
from retention_pipeline.compiled import Compiled
from retention_pipeline.erasure import requests_path
from retention_pipeline.errors import SALT_ENV
from retention_pipeline.events import Results, Status
from retention_pipeline.materialize.external_settings import external_files
from retention_pipeline.noop import record_path, write_record
from retention_pipeline.plan import is_outside
from retention_pipeline.report import TextReport
from retention_pipeline.salt import SALT_FILE, without_salt
from retention_pipeline.sql_text import is_volatile
from retention_pipeline.targets import read_targets

_ENV = re.compile(r"\benv_var\s*\(")
_ENV_NAME = re.compile(r"\benv_var\s*\(\s*(['\"])(\w+)\1")
_READ = (".sql", ".yml", ".yaml", ".csv", ".md")
_INPUTS = ("inputs_path", "input_locations", "adapters")


def remember(results: Results, argv: Sequence[str], cwd: Path) -> None:
    """Write the record, if this build can vouch for everything that decided it."""
    if not _can_vouch(results):
        return
    compiled: Compiled = results.compiled
    project = compiled.project
    if any(project.run_hooks.values()):
        return  # they run with every command
    read = [*project.folders, project.root / "tests" / "fixtures"]
    folders: dict[Path, Sequence[str]] = dict.fromkeys(read, _READ)
    own = [project.root / "dbt_project.yml", project.profiles]
    own += [f for folder in read for f in folder.rglob("*") if f.suffix in _READ]
    own += [path for path in [project.root / SELECTORS] if path.exists()]
    inputs = project.vars.get("inputs_path")
    if inputs:
        folders[project.root / str(inputs)] = ("",)
    for place in (project.vars.get("input_locations") or {}).values():
        folders[project.root / _fixed_part(str(place))] = ("",)
    files = [*own, *results.notes]
    package = Path(__file__).parent
    folders[package] = (".py", ".sql")
    files += [f for f in package.rglob("*") if f.suffix in (".py", ".sql")]
    engine = importlib.util.find_spec("duckdb")
    if engine is not None and engine.origin:
        files.append(Path(engine.origin))
    texts = [f.read_text(encoding="utf-8", errors="replace") for f in own]
    names = _env_names(texts)
    if names is None:
        return
    names += [SALT_ENV]
    kept = (project.root / SALT_FILE, requests_path(project), project.root / SELECTORS)
    files += [path for path in kept if path.exists()]
    outputs = [Path(project.target.path)]
    if results.published is not None:  # a project without marts publishes nothing
        targets = read_targets(project)
        outputs += [targets.file, targets.file.with_name("published.json")]
        outputs += [folder / "latest" / "manifest.json" for folder in targets.parquet]
    outputs += external_files(compiled).values()
    is_today = "as_of" not in project.cli_vars and any(project.vars.get(n) for n in _INPUTS)
    try:
        write_record(
            record_path(argv, cwd),
            argv,
            files=files,
            outputs=outputs,
            absent=[path for path in kept if not path.exists()],
            folders=folders,
            env={name: project.environ.get(name) for name in names},
            zone=str(project.vars.get("reporting_timezone", "UTC")) if is_today else None,
            date=str(project.vars.get("as_of")) if is_today else None,
            began_ns=results.began_ns,
            lines=_lines(results, quiet=False),
            brief=_lines(results, quiet=True),
        )
    except OSError:
        return  # only speed is lost


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


def _env_names(texts: Sequence[str]) -> list[str] | None:
    """Names of the environment variables that templates read; None when one is computed."""
    found: set[str] = set()
    for text in texts:
        named = [match[2] for match in _ENV_NAME.finditer(text)]
        if len(named) != len(_ENV.findall(text)):
            return None
        found |= set(named)
    return sorted(found)


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
