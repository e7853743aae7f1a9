"""What the failing rows of a data test mean, and which marts may not be published because of them.

Room:  act. Imports engine, events, nodes, quoting, test_sql.
In:    counts and a TestConfig.  Out: a Status; marks in the working database.

A mart that failed an error-severity test stays marked until that test passes, so that a later
build of something else cannot publish it.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Iterable, Mapping

from retention_pipeline.engine import Engine
from retention_pipeline.events import Results, Status
from retention_pipeline.nodes import Relation, Severity, TestConfig
from retention_pipeline.quoting import literal, quote
from retention_pipeline.test_sql import CompiledTest

FAILURES_SCHEMA = "dbt_test__audit"
_MARKS = '"pipeline_state"."open_failures"'
_COMPARE = {
    "=": operator.eq,
    "!=": operator.ne,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_CONDITION = re.compile(r"\s*(=|!=|<>|<=|>=|<|>)\s*(\d+)\s*\Z")


def judge(failures: int, config: TestConfig) -> tuple[Status, str]:
    """Status and message for a number of failing rows (dbt's rule for error_if and warn_if)."""
    noun = "row" if failures == 1 else "rows"
    if config.severity is Severity.ERROR and _holds(failures, config.error_if):
        return Status.FAILED, f"{failures} failing {noun}{_unless(config.error_if)}"
    if _holds(failures, config.warn_if):
        return Status.WARN, f"{failures} failing {noun}"
    return Status.OK, ""


def _holds(failures: int, condition: str) -> bool:
    match = _CONDITION.match(condition)
    if match is None:  # checked when the YAML was read
        raise ValueError(condition)
    return bool(_COMPARE[match[1]](failures, int(match[2])))


def _unless(condition: str) -> str:
    return "" if condition == "!= 0" else f" (error_if {condition})"


def store_failures(engine: Engine, test: CompiledTest) -> str:
    """Keep the failing rows as a table; gives its name."""
    relation = Relation(FAILURES_SCHEMA, test.test.name)
    engine.query(f"create schema if not exists {quote(FAILURES_SCHEMA)}")
    engine.query(f"create or replace table {relation} as\n{test.rows_sql}")
    return str(relation)


def mark_failures(engine: Engine, results: Results, known: Iterable[str]) -> None:
    """Note what failed now; forget what passed, and what is not among the `known` ids."""
    failed = {s.unique_id: s.name for s in results.steps if s.status is Status.FAILED}
    passed = {s.unique_id for s in results.steps if s.status in (Status.OK, Status.WARN)}
    with engine.transaction():
        engine.query('create schema if not exists "pipeline_state"')
        engine.query(f"create table if not exists {_MARKS} (unique_id varchar, name varchar)")
        marked = {uid for (uid,) in engine.query(f"select unique_id from {_MARKS}")}
        for uid in marked & (passed | failed.keys()) | (marked - set(known)):
            engine.query(f"delete from {_MARKS} where unique_id = {literal(uid)}")
        for uid, name in failed.items():
            engine.query(f"insert into {_MARKS} values ({literal(uid)}, {literal(name)})")


def open_failures(engine: Engine) -> Mapping[str, str]:
    """unique id -> name of what failed and has not passed since."""
    if Relation("pipeline_state", "open_failures") not in engine.relations():
        return {}
    return {str(uid): str(name) for uid, name in engine.query(f"select * from {_MARKS} order by 2")}
