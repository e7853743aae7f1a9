"""Incremental models: the new rows are made beside the table, then brought into it.

Room:  act. Imports contents, engine, errors, materialize, nodes, quoting.
In:    Work, inside a transaction.  Out: Built; EngineFault when the columns do not fit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from retention_pipeline.contents import compare
from retention_pipeline.engine import Built, EngineFault
from retention_pipeline.materialize.incremental_settings import Incremental, read_incremental
from retention_pipeline.materialize.strategies import replaced, statements
from retention_pipeline.materialize.work import Work
from retention_pipeline.nodes import Materialized, Relation
from retention_pipeline.quoting import quote

_STAGED, _THERE = Relation("temp", "__staged_rows"), Relation("temp", "__replaced_rows")


def make_incremental(work: Work) -> Built:
    """The increment where there is a table, else the whole model."""
    if work.rebuild or work.was != "table":
        model = work.model
        same = work.is_same if work.was == "table" else None
        return work.engine.make(model.relation, Materialized.TABLE, model.sql, work.was, same)
    return Increment(work).run()


class Increment:
    """One run on a table that is there. `staged`: the new rows."""

    def __init__(self, work: Work, staged: Relation = _STAGED) -> None:
        self.work, self.engine, self.staged = work, work.engine, staged
        self.how: Incremental = read_incremental(work.model.config, work.at)

    def run(self) -> Built:
        count = self._stage()
        columns, said = self.fit()
        names = list(columns)
        if not count and not said:
            self._clear()
            return Built(self.work.rows(), False, "no new rows")
        if self._is_there(names):
            self._clear()
            return Built(self.work.rows(), False, "the new rows are there already")
        before = self.work.rows()
        for statement in statements(self.how, self.work.relation, self.staged, names):
            self.work.query(statement)
        self._clear()
        rows = self.work.rows()
        said.insert(0, f"{count} rows by {self.how.strategy}, {before} before, {rows} now")
        return Built(rows, True, "; ".join(said))

    def _stage(self) -> int:
        """The increment as a table of its own."""
        with self.at_its_lines() as sql:
            rows = self.engine.query(
                f"create or replace temp table {_bare(self.staged)} as\n{sql}", 1
            )
        return int(rows[0][0])

    @contextmanager
    def at_its_lines(self) -> Iterator[str]:
        """The increment's SQL; what is found wrong with it meanwhile has the user's line."""
        model, project = self.work.model, self.work.project
        variant = model.increment
        try:
            yield model.sql if variant is None else variant.sql
        except EngineFault as fault:
            lines = model.lines if variant is None else variant.lines
            fault.at = model.place(project, fault.line, lines)
            raise

    def _is_there(self, names: list[str]) -> bool:
        """True when the rows of the staged keys are exactly the staged rows: nothing would change."""
        old = replaced(self.how, self.work.relation, self.staged, names)
        if old is None or len(self.engine.columns(self.work.relation)) != len(names):
            return False
        self.work.query(f"create or replace temp table {_bare(_THERE)} as {old}")
        try:
            return compare(self.engine, _THERE, self.staged, lambda: set()) is None
        finally:
            self.work.query(f"drop table {_THERE}")

    def _clear(self) -> None:
        self.work.query(f"drop table {self.staged}")

    # -- columns ------------------------------------------------------------------------------
    def fit(self) -> tuple[dict[str, str], list[str]]:
        """Columns to write, and what was done to the table to make room for them."""
        new, old = self.engine.columns(self.staged), self.engine.columns(self.work.relation)
        folded = {name.lower(): name for name in old}
        added = {n: t for n, t in new.items() if n.lower() not in folded}
        gone = [n for n in old if n.lower() not in {x.lower() for x in new}]
        other = {
            n: (old[folded[n.lower()]], t)
            for n, t in new.items()
            if n.lower() in folded and old[folded[n.lower()]] != t
        }
        change = self.how.on_schema_change
        if change == "fail" and (added or gone or other):
            raise self._misfit(added, gone, other)
        if change == "ignore":
            if gone:
                raise self._misfit({}, gone, {})
            left = {n: t for n, t in new.items() if n not in added}
            said = [f"on_schema_change: ignore leaves out {', '.join(added)}"] if added else []
            return left, said
        said = [self.alter(f"add column {quote(n)} {t}", f"added {n}") for n, t in added.items()]
        if change == "sync_all_columns":
            said += [self.alter(f"drop column {quote(n)}", f"dropped {n}") for n in gone]
            said += [
                self.alter(
                    f"alter column {quote(folded[n.lower()])} type {t}", f"{n} is {t}, was {was}"
                )
                for n, (was, t) in other.items()
            ]
        return new, said

    def alter(self, change: str, said: str) -> str:
        self.work.query(f"alter table {self.work.relation} {change}")
        return said

    def _misfit(
        self, added: Mapping[str, str], gone: list[str], other: Mapping[str, tuple[str, str]]
    ) -> EngineFault:
        parts = [f"{name} {kind} is new" for name, kind in added.items()]
        parts += [f"{name} is no longer in the SQL" for name in gone]
        parts += [
            f"{name} is {t} in the SQL and {was} in the table" for name, (was, t) in other.items()
        ]
        return self.work.fault(
            f"the columns are not those of {self.work.relation}: {'; '.join(parts)}",
            "set on_schema_change to append_new_columns or sync_all_columns,"
            f" or make the table anew: pipeline build --full-refresh -s {self.work.model.model.name}",
        )


def _bare(relation: Relation) -> str:
    """A temporary table is made by its name alone."""
    return quote(relation.name)
