"""Python models: `def model(dbt, session)` gives rows, which become the table.

Room:  act. Imports compiled, engine, errors, materialize, nodes. Runs the user's code.
In:    Work, inside a transaction.  Out: Built; EngineFault at the line of the user's file.

The code gets what it asked for by name, and a cursor of the build's own connection. It runs in this
process: there is no sandbox, it may do whatever the user may.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from retention_pipeline.compiled import is_enforced
from retention_pipeline.engine import Built, Engine, EngineFault
from retention_pipeline.errors import Location
from retention_pipeline.materialize.work import Work
from retention_pipeline.nodes import Materialized, Relation

_ROWS = Relation("temp", "__python_rows")


class _Config:
    """`dbt.config(...)` was read before; `dbt.config.get(...)` reads what came of it."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._config = config

    def __call__(self, **_: Any) -> None:
        return None

    def get(self, key: str, default: Any = None) -> Any:
        return self._config.get(key, default)


@dataclass(frozen=True)
class Dbt:
    """dbt's object of the same name."""

    ref: Callable[..., Any]
    source: Callable[..., Any]
    config: _Config
    this: Relation
    is_incremental: bool = False


def make_python(work: Work) -> Built:
    """Run the function; a table, a relation or a frame of it becomes the relation."""
    model, engine = work.model, work.engine
    rows = _run(work)
    try:
        engine.take(_ROWS, rows)
    except (EngineFault, TypeError) as error:
        said = error.message if isinstance(error, EngineFault) else str(error)
        raise work.fault(
            f"what the model returned, a {type(rows).__name__}, is no table: {said}",
            "return a DuckDB relation, an Arrow table, or a pandas or polars frame",
        ) from None
    _check(work, engine)
    same = work.is_same if work.was == "table" else None
    sql = f"select * from {_ROWS}"
    built = engine.make(model.relation, Materialized.TABLE, sql, work.was, same)
    work.query(f"drop table {_ROWS}")
    return built


def _run(work: Work) -> Any:
    model, path = work.model.model, str(work.at.path)
    named: dict[str, Any] = {"__name__": f"model_{model.name}", "__file__": path}

    def table(*parts: str, **_: Any) -> Any:
        name = ".".join(str(part) for part in parts)
        relation = work.named.get(name) or work.named[str(parts[-1])]
        return work.engine.cursor.query(f"select * from {relation}")

    dbt = Dbt(table, table, _Config(model.config), work.relation)
    try:
        exec(compile(model.text, path, "exec"), named)  # noqa: S102 - the user's own project
        return named["model"](dbt, work.engine.cursor)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever the user's code raises
        _fail(work, error, path)


def _fail(work: Work, error: BaseException, path: str) -> NoReturn:
    """The last line of the user's file that was running."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == path]
    line = frames[-1].lineno if frames else getattr(error, "lineno", None)
    text = f"{type(error).__name__}: {error}".split("\n\n")[0].strip()
    raise EngineFault(text, None, None, Location(work.at.path, line)) from None


def _check(work: Work, engine: Engine) -> None:
    """An enforced contract, now that the columns are known."""
    model = work.model.model
    if not is_enforced(work.model.config):
        return
    found = engine.columns(_ROWS)
    faults = []
    for column in model.columns:
        kind = found.pop(column.name, None)
        query = f"select lower(typeof(cast(null as {column.data_type})))"
        wanted = str(engine.query(query)[0][0]) if column.data_type else kind
        if kind is None:
            faults.append(f"{column.name} is in the .yml and not in the result")
        elif kind != wanted:
            faults.append(f"{column.name} is {kind} in the result and {wanted} in the .yml")
    faults += [f"{name} is in the result and not in the .yml" for name in found]
    if faults:
        raise EngineFault(
            f"{model.name} breaks its contract: {'; '.join(faults)}",
            "cast in the model, or correct the .yml",
            None,
            model.spec_at or work.at,
        )
