"""Run data tests: one by its own query, or those of a small table after one look at it.

Room:  act. Imports audit, compiled, engine, events, screening, turn.
In:    ids of data tests.  Out: failures, status, message and the first failing rows of each.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from retention_pipeline.audit import judge, store_failures
from retention_pipeline.compiled import Compiled
from retention_pipeline.engine import Engine
from retention_pipeline.events import Status
from retention_pipeline.screening import screened
from retention_pipeline.turn import test_at_turn

_EXAMPLES = 5


@dataclass
class DataTests:
    """The data tests of one run. Safe to use from several threads, each with its own tests."""

    compiled: Compiled
    engine: Engine
    _empty: set[str] = field(default_factory=set)

    def table_of(self, uid: str) -> str | None:
        """The node that a test is attached to; tests of one node may be looked at together."""
        test = self.compiled.tests.get(uid)
        return None if test is None else test.test.attached_to

    def look(self, uids: Iterable[str]) -> None:
        """Find out which of these tests of one table find nothing, where that saves time."""
        tests = [self.compiled.tests[uid] for uid in uids]
        if self.engine.is_narrow and len(tests) > 1:
            table = self.compiled.relations.get(tests[0].test.attached_to or "")
            if table is not None:
                self._empty |= screened(tests, table, self.engine)

    def note_empty(self, uid: str) -> None:
        """This test is known to find nothing."""
        self._empty.add(uid)

    def run(self, uid: str) -> dict[str, Any]:
        """One test as fields of a StepResult. Raises EngineFault."""
        test = self.compiled.tests[uid]
        if test.introspective:
            test = test_at_turn(self.compiled, test, self.engine)
        failures = 0
        if uid not in self._empty:
            failures = int(self.engine.ask(test.count_sql, shift=2)[1][0][0] or 0)
        status, message = judge(failures, test.config)
        found: dict[str, Any] = {"failures": failures, "status": status, "message": message}
        if status is not Status.OK:
            columns, rows = self.engine.ask(test.rows_sql, limit=_EXAMPLES)
            found |= {"at": test.test.at, "detail": _table(columns, rows)}
        if test.config.store_failures:
            found["relation"] = store_failures(self.engine, test)
        return found


def _table(columns: list[str], rows: list[tuple[Any, ...]]) -> str:
    """The first failing rows, one `column=value` list a line; wide rows are cut."""
    lines = []
    for row in rows:
        cells = [f"{c}={'NULL' if v is None else v}" for c, v in zip(columns, row, strict=True)]
        text = ", ".join(cells)
        lines.append("  " + (text if len(text) <= 300 else text[:297] + "..."))
    return "\n".join(lines)
