"""Unit tests: given these rows, the model's SQL must give those; on an engine in memory.

Room:  act. Imports binder, compiled, engine, errors, events, fixtures, nodes.
In:    UnitTest, Compiled, the columns' types.  Out: StepResult with a row diff when it fails.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
import re
import threading
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any

from retention_pipeline.binder import Types
from retention_pipeline.compiled import Compiled
from retention_pipeline.engine import (
    ENGINE_VERSION,
    Engine,
    EngineFault,
)
from retention_pipeline.errors import Location, PipelineError, ProjectError, did_you_mean
from retention_pipeline.fingerprint import VOLATILE, digest
from retention_pipeline.fixtures import fixture_rows, guessed_types
from retention_pipeline.node_view import node_view
from retention_pipeline.nodes import Fixture, Materialized, Relation, UnitTest
from retention_pipeline.quoting import literal, quote
from retention_pipeline.row_diff import diff_rows
from retention_pipeline.row_sql import empty_table, insert_rows, values_query
from retention_pipeline.row_values import plain_rows
from retention_pipeline.salt import without_salt
from retention_pipeline.sql_text import is_volatile

_INPUT = re.compile(r"\s*(ref|source)\s*\((.*)\)\s*\Z", re.DOTALL)
_TEXT = re.compile(r"""['"]([^'"]+)['"]""")
TOLERANCE = 1e-9
_MAKES_RELATIONS = threading.Lock()


class UnitTestFailed(Exception):  # noqa: N818 - becomes a node's result
    """The model gave other rows than expected; the text is the diff."""


class UnitTestRun:
    """One unit test on a shadow of the project: every relation empty, in memory.

    The given rows are written into the relations they stand for, the model's SQL is asked, and all
    is rolled back; so nothing has to be made for a test but its rows.
    """

    def __init__(self, test: UnitTest, compiled: Compiled, types: Types) -> None:
        self.test, self.compiled, self.types = test, compiled, types
        self.model = compiled.model_named(test.model)

    @cached_property
    def fingerprint(self) -> str:
        """A digest of all that decides the result; VOLATILE when that cannot be said.

        Raises PipelineError kinds for a test that is wrong.
        """
        if is_volatile(without_salt(self._sql)):
            return VOLATILE
        given = [[f.input, f.format, f.rows, self._input_types(f)] for f in self.test.given]
        expect = [self.test.expect.format, self.test.expect.rows]
        return digest(ENGINE_VERSION, self._sql, given, expect)

    def run(self, shadow: Engine, engine: Engine) -> None:
        """Ask `engine` on the rows of `shadow`, which is left as it was.

        Raises UnitTestFailed with the diff, EngineFault, or PipelineError for a test that is wrong.
        """
        sql = self._sql
        with self._alone(), shadow.rolled_back():
            for fixture in self.test.given:
                self._give(fixture, shadow)
            types, found = engine.answer(shadow, sql)
            columns, expected = self._expected(types, shadow)
        places = [list(types).index(name) for name in columns]
        actual = [tuple(row[i] for i in places) for row in found] if columns else []
        text = diff_rows(columns, expected, actual, same=same_row)
        if text:
            raise UnitTestFailed(text)

    def _alone(self) -> contextlib.AbstractContextManager[object]:
        """A lock for tests that must make a relation: changes of a catalogue get in each other's way."""
        known = all(self._uid(fixture) in self.types for fixture in self.test.given)
        return contextlib.nullcontext() if known else _MAKES_RELATIONS

    def _input_types(self, fixture: Fixture) -> Any:
        """Types of an input's columns; a seed without rows counts by its file's bytes."""
        uid = self._uid(fixture)
        if fixture.rows is None and uid in self.compiled.seeds:
            path = self.compiled.project.root / self.compiled.seeds[uid].path
            return hashlib.sha256(path.read_bytes()).hexdigest()
        return dict(self.types.get(uid, {}))

    # -- inputs -------------------------------------------------------------------------------
    def _name(self, fixture: Fixture) -> str:
        match = _INPUT.match(fixture.input)
        words = _TEXT.findall(match[2]) if match else []
        if fixture.input.strip() == "this":
            return "this"
        if not match or not words:
            raise ProjectError(
                f"cannot read the input '{fixture.input}'",
                at=fixture.at,
                fix="write ref('model') or source('source', 'table')",
            )
        name = ".".join(words) if match[1] == "source" else words[-1]
        if name not in self.compiled.ids_by_name:
            raise ProjectError(
                f"unknown input {fixture.input}",
                at=fixture.at,
                fix=did_you_mean(name, self.compiled.ids_by_name),
            )
        return name

    def _uid(self, fixture: Fixture) -> str:
        name = self._name(fixture)
        return self.model.unique_id if name == "this" else self.compiled.ids_by_name[name]

    def _give(self, fixture: Fixture, shadow: Engine) -> None:
        """Write an input's rows into its relation."""
        uid = self._uid(fixture)
        relation = self.compiled.relations[uid]
        known = self.types.get(uid)
        if fixture.format == "sql":
            sql = fixture.rows or "select 1 where false"
            verb = f"create or replace table {relation} as"
            self._write(
                f"{verb if known is None else f'insert into {relation} by name'}\n{sql}",
                fixture,
                shadow,
            )
            return
        if fixture.rows is None and uid in self.compiled.seeds:
            self._write(self._seed_rows(uid, relation), fixture, shadow)
            return
        rows = fixture_rows(fixture)
        if known is None:
            known = guessed_types(rows) or {"none": "integer"}
            shadow.query(empty_table(relation, known))
        self._check_columns(rows, known, fixture)
        if rows:
            self._write(insert_rows(relation, known, rows), fixture, shadow)

    def _seed_rows(self, uid: str, relation: Relation) -> str:
        """A seed without rows stands for its own file, as in dbt."""
        path = literal(str(self.compiled.project.root / self.compiled.seeds[uid].path))
        casts = ", ".join(
            f"cast({quote(name)} as {kind}) as {quote(name)}"
            for name, kind in self.types[uid].items()
        )
        return f"insert into {relation} select {casts} from read_csv({path}, header = true, all_varchar = true)"

    def _check_columns(
        self, rows: Sequence[Mapping[str, Any]], known: Mapping[str, str], fixture: Fixture
    ) -> None:
        for row in rows:
            for key in row:
                if key not in known:
                    what = fixture.input or f"the result of {self.test.model}"
                    raise ProjectError(
                        f"{what} has no column '{key}'", at=fixture.at, fix=did_you_mean(key, known)
                    )

    def _write(self, sql: str, fixture: Fixture, shadow: Engine) -> None:
        try:
            shadow.query(sql)
        except EngineFault as fault:
            if fixture.format == "sql":
                raise
            raise ProjectError(
                f"a value does not fit its column: {fault.message}", at=fixture.at
            ) from None

    @cached_property
    def _sql(self) -> str:
        """The model's SQL under the test's overrides, reading nothing but the given inputs."""
        test = self.test
        given = {self._name(fixture) for fixture in test.given}
        relations, ids = self.compiled.relations, self.compiled.ids_by_name
        needed = {self.compiled.cards[uid].name for uid in self.model.needs}
        overridden = test.override_vars or test.override_macros or test.override_env_vars
        inlined = any(self._is_ephemeral(uid) for uid in self.model.needs)
        if needed <= given and not (overridden or inlined or self.model.is_open):
            return self.model.sql

        def resolve(name: str) -> Relation | None:
            if name in given:
                return relations[ids[name]]
            if name in ids:
                raise ProjectError(
                    f"{test.model} reads '{name}', which this unit test does not give",
                    at=test.at,
                    fix=f"add it under given: (rows: [] for none); given are {', '.join(sorted(given))}",
                )
            return None

        rendered = self.compiled.renderer.render(
            self.model.model.text,
            Location(self.compiled.project.place(self.model.model.path)),
            this=self.model.relation,
            resolve_ref=resolve,
            resolve_source=resolve,
            names=(ids, ids),
            base_config=self.model.model.config,
            override_vars=test.override_vars,
            override_macros=test.override_macros,
            override_env=test.override_env_vars,
            package=self.model.model.fqn[0],
            node=self._view(),
        )
        if rendered.introspective:
            raise ProjectError(
                f"the template of {test.model} asks the database, which a unit test has not",
                at=test.at,
                fix="give the macro that asks a value under overrides: macros:",
            )
        return rendered.sql.rstrip("; \n")

    def _view(self) -> dict[str, Any]:
        """What the template calls `model`: in a unit test it has `overrides`."""
        model, test = self.model, self.test
        view = node_view(model.model, self.compiled.project, model.config, model.relation)
        return {**view, "overrides": {"vars": test.override_vars, "macros": test.override_macros}}

    def _is_ephemeral(self, uid: str) -> bool:
        model = self.compiled.models.get(uid)
        return model is not None and model.materialized is Materialized.EPHEMERAL

    # -- expectation --------------------------------------------------------------------------
    def _expected(
        self, types: Mapping[str, str], shadow: Engine
    ) -> tuple[list[str], list[tuple[Any, ...]]]:
        fixture = self.test.expect
        if fixture.format == "sql":
            written, _ = shadow.typed_rows(f"select * from (\n{fixture.rows}\n) limit 0", shift=1)
            columns = list(written)
            self._check_columns([dict.fromkeys(columns)], types, fixture)
            listed = ", ".join(f"cast({quote(c)} as {types[c]})" for c in columns)
            return columns, shadow.query(f"select {listed} from (\n{fixture.rows}\n)", shift=1)
        rows = fixture_rows(fixture)
        columns = list(dict.fromkeys(key for row in rows for key in row)) or list(types)
        self._check_columns(rows, types, fixture)
        plain = plain_rows({c: types[c] for c in columns}, rows)
        if plain is not None:
            return columns, plain
        try:
            return columns, shadow.query(values_query({c: types[c] for c in columns}, rows))
        except EngineFault as fault:
            raise ProjectError(
                f"a value does not fit its column: {fault.message}", at=fixture.at
            ) from None


def same_row(one: Sequence[Any], other: Sequence[Any]) -> bool:
    """Equal value by value; doubles to 1e-9 relative, everything else exactly."""
    return all(_same(a, b) for a, b in zip(one, other, strict=True))


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, (float, int, Decimal)):
        other = float(other)
        return (math.isnan(one) and math.isnan(other)) or math.isclose(
            one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE
        )
    return bool(one == other)


def explain(error: EngineFault | UnitTestFailed | PipelineError) -> str:
    """One line for the result."""
    if isinstance(error, UnitTestFailed):
        return "the model gives other rows than expected"
    return error.message
