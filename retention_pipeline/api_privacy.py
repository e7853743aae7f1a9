"""Personal data, for Python callers: export audiences, ask to forget somebody.

Room:  edge. Imports api and the rooms below.
In:    Options.  Out: Exported, Asked; PipelineError kinds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from retention_pipeline.api import Options, compile_, open_project
from retention_pipeline.engine import Engine, EngineFault
from retention_pipeline.erasure import Request, read_requests, requests_path, write_requests
from retention_pipeline.erasure.persons import resolver
from retention_pipeline.erasure.requests import REQUESTS
from retention_pipeline.errors import CommandError, EngineError, Location, did_you_mean
from retention_pipeline.exporting import PLATFORMS, Exported, export_file
from retention_pipeline.lock import held
from retention_pipeline.quoting import literal
from retention_pipeline.targets import read_targets
from retention_pipeline.warehouse import open_warehouse


def export(options: Options, audience: str, platform: str, out: Path) -> Exported:
    """Write one published audience as one platform's file; what was there is replaced."""
    if platform not in PLATFORMS:
        known = ", ".join(PLATFORMS)
        fix = did_you_mean(platform, PLATFORMS) or f"there are: {known}"
        raise CommandError(f"--platform '{platform}' is unknown", fix=fix)
    path = read_targets(open_project(options)).file
    if not path.exists():
        raise EngineError("nothing is published yet", at=Location(path), fix="pipeline build")
    with Engine(str(path), read_only=True) as engine:
        return export_file(engine, path, audience, platform, out)


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of a request. `ids`: customer ids of the person, `noted`: those new in the file."""

    path: Path
    ids: tuple[str, ...]
    noted: tuple[str, ...]
    is_erased: bool = False


def erase(options: Options, customer: str, now: datetime, wait: float = 0.0) -> Asked:
    """Note that a customer is to be forgotten, with every id that is the same person.

    Nothing is erased here: the next build does it. Raises CommandError for an unknown customer.
    """
    compiled = compile_(options)
    model = resolver(compiled)
    has_table = any(s.is_contract and s.table == REQUESTS for s in compiled.sources.values())
    if model is None or not has_table:
        raise CommandError(
            "this project resolves no customers",
            fix=f"it needs the raw table {REQUESTS} and a model with meta resolves_customers",
        )
    database, path = compiled.project.target.path, requests_path(compiled.project)
    if database != ":memory:" and not Path(database).exists():
        raise EngineError("nothing is built yet", at=Location(database), fix="pipeline build")
    moment = now.strftime("%Y-%m-%d %H:%M:%S")
    with held(database, f"{moment} UTC", wait):
        with open_warehouse(compiled, read_only=True) as engine:
            found = _person(engine, str(model.relation), customer)
        if not found:
            raise CommandError(
                "no customer of that id in the last build",
                fix="give an id of the source system or of a mart; build first if it is newer",
            )
        ids = tuple(sorted(name for name, rule in found.items() if rule != "erased"))
        if not ids:
            return Asked(path, (), (), is_erased=True)
        known = read_requests(path)
        there = {request.customer_id for request in known if request.completed_at}
        fresh = tuple(name for name in ids if name not in there)
        new = [Request(f"erase-{uuid4().hex}", name, moment, moment) for name in fresh]
        if new:
            write_requests(path, [*known, *new])
    return Asked(path, ids, fresh)


def _person(engine: Engine, relation: str, customer: str) -> dict[str, str]:
    """Source ids of the person -> why they are that person; nothing for an unknown id."""
    name = literal(customer)
    try:
        rows = engine.query(
            f"select source_customer_id, resolution_rule from {relation} where customer_id in"
            f" (select customer_id from {relation}"
            f" where source_customer_id = {name} or customer_id = {name})"
        )
    except EngineFault as fault:
        raise EngineError(
            f"cannot read {relation}: {fault.message}", fix="pipeline build"
        ) from None
    return {str(source): str(rule) for source, rule in rows}
