"""What the failing rows of a data test mean; where they are kept when a test asks for it.

Room:  act. Imports engine, events, nodes, test_sql.
In:    counts and a TestConfig.  Out: a Status; a table of failing rows.
"""

from __future__ import annotations

import operator
import re

from retention_pipeline.engine import Engine
from retention_pipeline.events import Status
from retention_pipeline.nodes import Relation, Severity, TestConfig
from retention_pipeline.test_sql import CompiledTest

FAILURES_SCHEMA = "dbt_test__audit"
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
    """Keep the failing rows as a table or a view; gives its name."""
    relation = test.relation or Relation(FAILURES_SCHEMA, test.test.alias)
    kind = "view" if test.config.store_failures_as == "view" else "table"
    engine.keep(relation, kind, test.rows_sql)
    return str(relation)
