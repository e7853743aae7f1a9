"""Unit tests: given these rows, the model's SQL must give those; on an engine in memory.

Room:  act. Imports binder, compiler, engine, errors, events, fixtures, nodes.
In:    UnitTest, Compiled, the columns' types.  Out: StepResult with a row diff when it fails.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from retention_pipeline.binder import Types
from retention_pipeline.compiler import Compiled
from retention_pipeline.engine import ENGINE_VERSION, Engine, EngineFault, empty_table, values_table
from retention_pipeline.errors import Location, PipelineError, ProjectError, did_you_mean
from retention_pipeline.fingerprint import VOLATILE, digest
from retention_pipeline.fixtures import fixture_rows
from retention_pipeline.nodes import Fixture, Relation, UnitTest
from retention_pipeline.quoting import literal, quote
from retention_pipeline.row_diff import diff_rows
from retention_pipeline.sql import is_volatile

_INPUT = re.compile(r"\s*(ref|source)\s*\((.*)\)\s*\Z", re.DOTALL)
_TEXT = re.compile(r"""['"]([^'"]+)['"]""")
TOLERANCE = 1e-9


class UnitTestFailed(Exception):  # noqa: N818 - becomes a node's result
    """The model gave other rows than expected; the text is the diff."""


def run_unit_test(test: UnitTest, compiled: Compiled, types: Types, engine: Engine) -> None:
    """Run one unit test on `engine`, which must be in memory and is left as it was.

    Raises UnitTestFailed with the diff, EngineFault, or PipelineError for a test that is wrong.
    """
    schema = re.sub(r"\W", "_", test.unique_id)
    engine.ensure_schemas([schema])
    try:
        _Runner(test, compiled, types, engine, schema).run()
    finally:
        engine.query(f"drop schema {quote(schema)} cascade")


def unit_fingerprint(test: UnitTest, compiled: Compiled, types: Types) -> str:
    """A digest of all that decides a unit test's result; VOLATILE when that cannot be said.

    Raises PipelineError kinds for a test that is wrong.
    """
    runner = _Runner(test, compiled, types, None, "fingerprint")
    return runner.fingerprint()


class _Runner:
    def __init__(
        self,
        test: UnitTest,
        compiled: Compiled,
        types: Types,
        engine: Engine | None,
        schema: str,
    ) -> None:
        self.test, self.compiled, self.types = test, compiled, types
        self._engine, self.schema = engine, schema
        self.model = next(m for m in compiled.models.values() if m.model.name == test.model)
        self.ids = {card.name: uid for uid, card in compiled.cards.items() if card.kind != "test"}

    @property
    def engine(self) -> Engine:
        assert self._engine is not None
        return self._engine

    def relations(self) -> dict[str, Relation]:
        """Name of each given input -> the table that stands for it."""
        inputs = enumerate(self.test.given)
        return {self._name(f): Relation(self.schema, f"given_{i}") for i, f in inputs}

    def fingerprint(self) -> str:
        sql = self._render(self.relations())
        if is_volatile(sql):
            return VOLATILE
        given = [[f.input, f.format, f.rows, self._input_types(f)] for f in self.test.given]
        expect = [self.test.expect.format, self.test.expect.rows]
        return digest(ENGINE_VERSION, sql, given, expect)

    def _input_types(self, fixture: Fixture) -> Any:
        """Types of an input's columns; a seed without rows counts by its file's bytes."""
        name = self._name(fixture)
        uid = self.model.unique_id if name == "this" else self.ids[name]
        if fixture.rows is None and uid in self.compiled.seeds:
            path = self.compiled.project.root / self.compiled.seeds[uid].path
            return hashlib.sha256(path.read_bytes()).hexdigest()
        return dict(self.types.get(uid, {}))

    def run(self) -> None:
        given = self.relations()
        sql = self._render(given)
        for index, fixture in enumerate(self.test.given):
            self._given(index, fixture)
        if "this" not in given:
            known = self.types.get(self.model.unique_id) or {"none": "integer"}
            self.engine.query(empty_table(Relation(self.schema, "this"), known))
        actual = Relation(self.schema, "actual")
        self.engine.query(f"create table {actual} as\n{sql}", shift=1)
        types = self.engine.columns(actual)
        columns, expected = self._expected(types)
        listed = ", ".join(quote(name) for name in columns)
        found = self.engine.query(f"select {listed} from {actual}") if columns else []
        text = diff_rows(columns, expected, found, same=same_row)
        if text:
            raise UnitTestFailed(text)

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
        if name not in self.ids:
            raise ProjectError(
                f"unknown input {fixture.input}", at=fixture.at, fix=did_you_mean(name, self.ids)
            )
        return name

    def _given(self, index: int, fixture: Fixture) -> Relation:
        relation = Relation(self.schema, f"given_{index}")
        if fixture.format == "sql":
            self.engine.query(
                f"create table {relation} as\n{fixture.rows or 'select 1 where false'}"
            )
            return relation
        name = self._name(fixture)
        uid = self.model.unique_id if name == "this" else self.ids[name]
        if fixture.rows is None and uid in self.compiled.seeds:
            return self._seed(uid, relation)
        rows = fixture_rows(fixture)
        known = self.types.get(uid) or {key: "varchar" for row in rows for key in row}
        self._check_columns(rows, known, fixture)
        self._create(values_table(relation, known, rows), fixture)
        return relation

    def _seed(self, uid: str, relation: Relation) -> Relation:
        """A seed without rows stands for its own file, as in dbt."""
        seed = self.compiled.seeds[uid]
        path = literal(str(self.compiled.project.root / seed.path))
        casts = ", ".join(
            f"cast({quote(name)} as {kind}) as {quote(name)}"
            for name, kind in self.types[uid].items()
        )
        self.engine.query(
            f"create table {relation} as select {casts} from read_csv({path}, header = true, all_varchar = true)"
        )
        return relation

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

    def _create(self, sql: str, fixture: Fixture) -> None:
        try:
            self.engine.query(sql)
        except EngineFault as fault:
            raise ProjectError(
                f"a value does not fit its column: {fault.message}", at=fixture.at
            ) from None

    def _render(self, given: Mapping[str, Relation]) -> str:
        known = set(given)

        def resolve(name: str) -> Relation | None:
            if name in given:
                return given[name]
            if name in self.ids:
                raise ProjectError(
                    f"{self.test.model} reads '{name}', which this unit test does not give",
                    at=self.test.at,
                    fix=f"add it under given: (rows: [] for none); given are {', '.join(sorted(known))}",
                )
            return None

        rendered = self.compiled.renderer.render(
            self.model.model.text,
            Location(self.compiled.project.place(self.model.model.path)),
            this=given.get("this", Relation(self.schema, "this")),
            resolve_ref=resolve,
            resolve_source=resolve,
            names=(self.ids, self.ids),
            base_config=self.model.model.config,
            override_vars=self.test.override_vars,
            override_macros=self.test.override_macros,
            override_env=self.test.override_env_vars,
        )
        return rendered.sql.rstrip("; \n")

    # -- expectation --------------------------------------------------------------------------
    def _expected(self, types: Mapping[str, str]) -> tuple[list[str], list[tuple[Any, ...]]]:
        fixture = self.test.expect
        relation = Relation(self.schema, "expected")
        if fixture.format == "sql":
            self.engine.query(f"create table {relation} as\n{fixture.rows}")
            columns = list(self.engine.columns(relation))
            self._check_columns([dict.fromkeys(columns)], types, fixture)
        else:
            rows = fixture_rows(fixture)
            columns = list(dict.fromkeys(key for row in rows for key in row)) or list(types)
            self._check_columns(rows, types, fixture)
            self._create(values_table(relation, {c: types[c] for c in columns}, rows), fixture)
        listed = ", ".join(f"cast({quote(c)} as {types[c]})" for c in columns)
        return columns, self.engine.query(f"select {listed} from {relation}")


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
