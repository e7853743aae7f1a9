"""The marts schema -> a fresh file that BI reads, put in place by one atomic rename.

Room:  act. Imports audit, compiler, engine, errors, events, nodes, quoting. May touch: duckdb.
In:    the working database after a good run.  Out: the published file and published.json beside it.
Readers keep the old file until they reconnect and never see a mixture.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from retention_pipeline.compiler import Compiled, CompiledModel
from retention_pipeline.engine import Engine, EngineFault
from retention_pipeline.errors import EngineError, Location
from retention_pipeline.events import Published, Results
from retention_pipeline.nodes import Materialized
from retention_pipeline.quoting import literal, quote, relation

SCHEMA = "marts"
# Readable by every DuckDB client from 1.1.3 on; writing the newest format would shut them out.
_STORAGE = "v1.0.0"
_ALIAS = "publishing"


def published_path(compiled: Compiled) -> Path:
    """`retention.duckdb` beside the working database, or var published_path."""
    project = compiled.project
    chosen = project.vars.get("published_path")
    if chosen:
        return project.root / str(chosen)
    return Path(project.target.path).with_name("retention.duckdb")


def published_models(compiled: Compiled) -> list[CompiledModel]:
    """The models of the marts schema, by name; ephemeral ones have nothing to publish."""
    marts = (
        model
        for model in compiled.models.values()
        if model.relation.schema == SCHEMA and model.materialized is not Materialized.EPHEMERAL
    )
    return sorted(marts, key=lambda model: model.relation.name)


def publish(compiled: Compiled, engine: Engine, results: Results, build_id: str) -> Published:
    """Write every mart of the project to the published file.

    The file is complete and on disk before it takes the old one's place; on any failure the old
    one stays as it was and EngineError says so.
    """
    path = published_path(compiled)
    marts = published_models(compiled)
    building = path.with_name(f"{path.stem}-{os.getpid()}.building")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(path)
        counts = _write(engine, building, marts)
        _flush(building)
        _set_aside_wal(path)
        building.replace(path)
    except (OSError, EngineFault) as error:
        with contextlib.suppress(OSError):
            building.unlink()
        text = error.message if isinstance(error, EngineFault) else f"{error.strerror}"
        raise EngineError(
            f"not published: {text}; the published file is as it was", at=Location(path)
        ) from None
    try:
        _flush(path.parent)
        _describe(path, build_id, results, counts)
    except OSError as error:
        raise EngineError(
            f"published, but not described beside it: {error.strerror}", at=Location(path)
        ) from None
    return Published(str(path), len(counts))


def _write(engine: Engine, building: Path, marts: list[CompiledModel]) -> dict[str, int]:
    """Fill the new file in one transaction and check every row count against the source."""
    with _attached(engine, building):
        with engine.transaction():
            engine.query(f"create schema {quote(_ALIAS)}.{quote(SCHEMA)}")
            for mart in marts:
                engine.query(f"create table {_target(mart)} as select * from {mart.relation}")
                for statement in _comments(mart):
                    engine.query(statement)
        counts = {}
        for mart in marts:
            wanted = engine.query(f"select count(*) from {mart.relation}")[0][0]
            counts[mart.relation.name] = engine.query(f"select count(*) from {_target(mart)}")[0][0]
            if counts[mart.relation.name] != wanted:
                raise EngineFault(f"{mart.relation} has other rows in the new file", None, None)
        engine.query(f"checkpoint {quote(_ALIAS)}")
    return counts


@contextlib.contextmanager
def _attached(engine: Engine, building: Path) -> Iterator[None]:
    engine.query(
        f"attach {literal(str(building))} as {quote(_ALIAS)} (storage_version {literal(_STORAGE)})"
    )
    try:
        yield
    finally:
        engine.query(f"detach {quote(_ALIAS)}")


def _target(mart: CompiledModel) -> str:
    return f"{quote(_ALIAS)}.{relation(SCHEMA, mart.relation.name)}"


def _comments(mart: CompiledModel) -> Iterator[str]:
    target = _target(mart)
    if mart.model.description:
        yield f"comment on table {target} is {literal(mart.model.description.strip())}"
    for column in mart.model.columns:
        if column.description:
            text = literal(column.description.strip())
            yield f"comment on column {target}.{quote(column.name)} is {text}"


def _sweep(path: Path) -> None:
    """Remove what builds that died left behind: their process is gone."""
    for left in path.parent.glob(f"{path.stem}-*.building*"):
        pid = left.name.removeprefix(f"{path.stem}-").split(".")[0]
        if pid.isdigit() and not _alive(int(pid)):
            left.unlink(missing_ok=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _set_aside_wal(path: Path) -> None:
    """A WAL left by someone who wrote to the published file would be replayed into the new one."""
    wal = path.with_name(path.name + ".wal")
    if wal.exists():
        wal.replace(path.with_name(path.name + ".wal.orphan"))


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _describe(path: Path, build_id: str, results: Results, counts: Mapping[str, int]) -> None:
    """published.json: what a monitor wants to know without opening the database."""
    statuses: dict[str, int] = {}
    for step in results.steps:
        if step.kind in ("data test", "unit test"):
            statuses[str(step.status)] = statuses.get(str(step.status), 0) + 1
    document = {
        "build_id": build_id,
        "as_of": str(results.vars.get("as_of") or results.vars.get("sample_as_of")),
        "tables": dict(counts),
        "tests": statuses,
    }
    target = path.with_name("published.json")
    part = target.with_name(f".{target.name}.{os.getpid()}")
    part.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    part.replace(target)
