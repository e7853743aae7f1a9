"""The surest compiler is the engine's own binder: build the whole graph empty, in memory.

Room:  act. Imports compiled, engine, errors, nodes, project, warehouse.
In:    Compiled.  Out: the exact columns and types of every model; BindError and ContractError
at the user's line for what would fail later. Costs a few milliseconds a model and reads no data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache

from retention_pipeline import inputs
from retention_pipeline.compiled import Compiled, CompiledModel, Variant, is_enforced
from retention_pipeline.engine import ONE_THREAD, Engine, EngineFault, faults
from retention_pipeline.errors import (
    BindError,
    ContractError,
    ErrorGroup,
    Location,
    PipelineError,
    ProjectError,
    did_you_mean,
)
from retention_pipeline.materialize.snapshot_settings import first_query, read_snapshot
from retention_pipeline.nodes import Column, Materialized, Relation, Source
from retention_pipeline.project import Project
from retention_pipeline.quoting import literal
from retention_pipeline.row_sql import empty_table
from retention_pipeline.salt import VARIABLE
from retention_pipeline.test_sql import CompiledTest
from retention_pipeline.warehouse import outside_columns

Types = Mapping[str, Mapping[str, str]]
"""unique id -> {column: type}; a node that cannot be known offline is missing."""
_BATCH = 20
_FEW = 20
# a pivot without IN makes one column for each value that it finds; of no rows it makes none
_ROWS_DECIDE = re.compile(r"\bpivot(?:_wider)?\b(?!.*\bin\s*\()", re.IGNORECASE | re.DOTALL)
_NO_COLUMNS = "SELECT list is empty after resolving"
_VARIABLES = {VARIABLE: "the salt of unit tests"}  # theirs never is the project's


def shadow_engine() -> Engine:
    """An engine in memory, to be filled with a project's relations, empty."""
    return Engine(":memory:", ONE_THREAD, variables=_VARIABLES)


@contextmanager
def shadow(compiled: Compiled) -> Iterator[Binder]:
    """An engine in memory for the project, and who fills it."""
    with shadow_engine() as engine:
        yield Binder(compiled, engine, outside_columns(compiled))


def bind(compiled: Compiled) -> Types:
    """The types alone. Raises the error, or ErrorGroup of all independent ones."""
    with shadow(compiled) as binder:
        binder.models()
        binder.tests()
        return binder.types


class Binder:
    """Fills the shadow with every relation, empty. First the models, then the tests.

    `outside`: columns of sources that others write, as far as they are known.
    """

    def __init__(
        self, compiled: Compiled, engine: Engine, outside: Mapping[Relation, Mapping[str, str]]
    ) -> None:
        self.compiled, self.engine, self.outside = compiled, engine, outside
        self.seeds = {compiled.relations[uid]: uid for uid in compiled.seeds}
        self.made: set[str] = set()
        self.broken: set[str] = set()
        self.errors: list[PipelineError] = []
        self.types: Types = {}
        self.canonical = cache(self._canonical)

    def models(self) -> bool:
        """Bind every model in build order; settles `types`. True when nothing is wrong so far."""
        self._schemas()
        for uid in self.compiled.graph.order():
            if uid in self.made:
                continue
            if uid in self.compiled.sources:
                self._source(uid, self.compiled.sources[uid])
            elif uid in self.compiled.seeds:
                self._seed(uid)
            elif uid in self.compiled.models:
                self._model(self.compiled.models[uid])
        self.types = self._types()
        for model in self.compiled.models.values():
            if model.unique_id in self.types:
                self.errors += self._contract(model, self.types[model.unique_id])
        return not self.errors

    def has_inputs(self) -> bool:
        """Make the inputs that are described, before any model is known; False when one is wrong."""
        self._schemas()
        for uid, source in self.compiled.sources.items():
            if source.is_contract:
                self._source(uid, source)
        for uid in self.compiled.seeds:
            self._seed(uid)
        is_well = not self.errors
        self.errors.clear()  # `models` will say so in its turn
        self.broken.clear()
        return is_well

    def try_models(self, models: Sequence[CompiledModel]) -> None:
        """Bind models whose needs are made in one go; what cannot be is left to `models`."""
        plain = [model for model in models if _is_plain(model)]
        if not plain:
            return
        try:
            self.engine.query(";\n".join(map(_empty_copy, plain)))
            self.made |= {model.unique_id for model in plain}
        except EngineFault:
            for model in plain:
                with suppress(EngineFault):
                    self.engine.query(_empty_copy(model))
                    self.made.add(model.unique_id)

    def _schemas(self) -> None:
        schemas = {r.schema for r in self.compiled.relations.values()}
        self.engine.ensure_schemas(schemas)
        target = self.compiled.project.target
        for name in schemas:
            if name.lower() == target.database.lower():
                self.errors.append(
                    ProjectError(
                        f"the schema '{name}' has the name of the database:"
                        f" DuckDB takes '{name}.x' for either",
                        at=Location(target.path),
                        fix="give the file, or the schema, another name in profiles.yml",
                    )
                )

    def tests(self) -> None:
        """Bind every data test. Raises the error, or ErrorGroup of all independent ones so far."""
        self._tests()
        if self.errors:
            raise self.errors[0] if len(self.errors) == 1 else ErrorGroup(self.errors)

    def _types(self) -> dict[str, dict[str, str]]:
        """The columns of all that was made."""
        ids = {relation: uid for uid, relation in self.compiled.relations.items()}
        types: dict[str, dict[str, str]] = {uid: {} for uid in self.made}
        same = {u: ids[r] for u, r in self.compiled.relations.items() if u in types and ids[r] != u}
        for relation, columns in self._columns().items():
            uid = ids.get(relation)
            if uid in types:
                types[uid] = columns
        return types | {uid: types[other] for uid, other in same.items() if other in types}

    def _columns(self) -> dict[Relation, dict[str, str]]:
        """Of what was made: one question for all, which sets up DuckDB's catalogue, or one for each."""
        ours = {self.compiled.relations[uid] for uid in self.made if uid in self.compiled.relations}
        found: dict[Relation, dict[str, str]] = {}
        if len(ours) <= _FEW:
            for relation in ours:
                if not relation.text and not relation.database:  # others lie elsewhere
                    with suppress(EngineFault):  # nothing was made of what is pasted
                        found[relation] = self.engine.columns(relation)
            return found
        for schema, table, column, kind in self.engine.query(
            "select schema_name, table_name, column_name, lower(data_type) from duckdb_columns()"
            " where not internal order by schema_name, table_name, column_index"
        ):
            found.setdefault(Relation(schema, table), {})[column] = kind
        return found

    def _source(self, uid: str, source: Source) -> None:
        """What its table is known to have: read from the seed that fills it, the database, or the .yml."""
        relation = self.compiled.relations[uid]
        if source.location:  # read where it lies
            self.made.add(uid)
        elif not source.is_contract and relation in self.seeds:
            self._seed(self.seeds[relation])
            if self.seeds[relation] in self.made:
                self.made.add(uid)
        elif not source.is_contract and relation in self.outside:
            self._create(uid, self.outside[relation])
        else:
            self._declare(uid, source.columns)

    def _declare(self, uid: str, columns: tuple[Column, ...]) -> None:
        """A source is what its .yml says; one with untyped columns is left unknown."""
        if columns and all(c.data_type for c in columns):
            kinds = {c.name: self._type(c) for c in columns}
            self._create(uid, kinds)

    def _seed(self, uid: str) -> None:
        if uid in self.made or uid in self.broken:
            return
        seed = self.compiled.seeds[uid]
        path = self.compiled.project.root / seed.path
        shown = Location(self.compiled.project.place(seed.path))
        contract = next(
            (s for s, seed_id in self.compiled.seed_behind.items() if seed_id == uid), None
        )
        if contract is not None:
            self._declare(uid, self.compiled.sources[contract].columns)
            return
        if not path.stat().st_size:
            self.errors.append(ProjectError("the seed is empty", at=shown, fix="write a header"))
            self.broken.add(uid)
            return
        try:
            rows = self.engine.query(
                f"describe select * from read_csv({literal(str(path))}, header = true)"
            )
        except EngineFault as fault:
            self.errors.append(ProjectError(f"cannot read the seed: {_reason(fault)}", at=shown))
            self.broken.add(uid)
            return
        declared = seed.column_types
        for name in declared:
            if name not in {row[0] for row in rows}:
                fix = did_you_mean(name, [row[0] for row in rows])
                self.errors.append(
                    ProjectError(
                        f"the seed has no column '{name}'", at=seed.spec_at or shown, fix=fix
                    )
                )
        kinds = {row[0]: declared.get(row[0], "") for row in rows}
        if not all(kinds.values()):
            try:
                kinds = inputs.seed_types(self.engine.cursor, path, declared)
            except PipelineError:
                kinds = {row[0]: declared.get(row[0], row[1]) for row in rows}  # the load will tell
        self._create(uid, kinds)

    def _create(self, uid: str, columns: Mapping[str, str]) -> None:
        relation = self.compiled.relations[uid]
        try:
            self.engine.query(empty_table(relation, columns))
            self.made.add(uid)
        except EngineFault as fault:
            self.errors.append(ProjectError(f"{uid}: {fault.message}"))

    def _model(self, model: CompiledModel) -> None:
        project = self.compiled.project
        if model.is_open:  # its columns are known from its .yml, or not at all
            self._declare(model.unique_id, model.model.columns)
            return
        if any(n in self.broken or n not in self.made for n in model.needs):
            self.broken.add(model.unique_id)
            self._parse(model)
            return
        try:
            # Ephemeral models are bound on their own too: their errors then have their own lines.
            self.engine.query(_empty_copy(model), shift=1)
            if model.materialized is Materialized.SNAPSHOT:
                self._add_history(model)
            if _ROWS_DECIDE.search(model.sql):
                self.broken.add(model.unique_id)  # its columns are known when its rows are
                return
        except EngineFault as fault:
            self.broken.add(model.unique_id)
            if _ROWS_DECIDE.search(model.sql) and _NO_COLUMNS in fault.message:
                return
            self.errors.append(
                BindError(fault.message, at=model.place(project, fault.line), fix=fault.fix)
            )
            return
        self.made.add(model.unique_id)
        if model.increment is not None:
            self._increment(model, model.increment)

    def _parse(self, model: CompiledModel) -> None:
        """Where columns are not known, the words still must be SQL.

        Ephemeral models are part of it, and theirs was looked at already.
        """
        parts = (self.compiled.models[n] for n in model.needs if n in self.compiled.models)
        if any(p.materialized is Materialized.EPHEMERAL for p in parts):
            return
        try:
            with faults(shift=1):
                self.engine.cursor.extract_statements(f"create table x as (\n{model.sql}\n)")
        except EngineFault as fault:
            at = model.place(self.compiled.project, fault.line)
            self.errors.append(BindError(fault.message, at=at, fix=fault.fix))

    def _add_history(self, model: CompiledModel) -> None:
        """A snapshot has columns of its own beside those of its query."""
        at = model.place(self.compiled.project, None)
        how = read_snapshot(model.config, at)
        rows = Relation("temp", "__snapshot")
        try:
            self.engine.query(f"create or replace temp table __snapshot as from {model.relation}")
            sql = f"create or replace table {model.relation} as {first_query(how, str(rows))}"
            self.engine.query(sql)
        except EngineFault as fault:
            fault.line = None  # of our statement
            raise

    def _increment(self, model: CompiledModel, variant: Variant) -> None:
        """What runs when the table is there, bound against the table that the model makes."""
        try:
            self.engine.query(f"describe\n{variant.sql}", shift=1)
        except EngineFault as fault:
            at = model.place(self.compiled.project, fault.line, variant.lines)
            self.errors.append(BindError(fault.message, at=at, fix=fault.fix))

    def _tests(self) -> None:
        """Many queries in one statement bind in half the time; only a refused batch is taken apart."""
        ready = [
            test
            for test in self.compiled.tests.values()
            if not test.introspective
            and not any(n in self.broken or n not in self.made for n in test.needs)
        ]
        for first in range(0, len(ready), _BATCH):
            batch = ready[first : first + _BATCH]
            try:
                queries = (f"(\n{test.count_sql}\n)" for test in batch)
                self.engine.query("describe\n" + "\nunion all\n".join(queries))
            except EngineFault:
                for test in batch:
                    self._test(test)

    def _test(self, test: CompiledTest) -> None:
        """A data test's query must bind too: a column that its .yml misspells is found here."""
        try:
            self.engine.query(f"describe\n{test.count_sql}", shift=3)
        except EngineFault as fault:
            self.errors.append(
                BindError(
                    f"data test {test.test.name}: {fault.message}",
                    at=test.place(fault.line),
                    fix=fault.fix,
                )
            )

    # -- contracts ----------------------------------------------------------------------------
    def _contract(self, model: CompiledModel, found: Mapping[str, str]) -> Iterator[PipelineError]:
        """Names and types of an enforced contract, in any order; all differences in one error."""
        if not is_enforced(model.config):
            return
        declared = {c.name: c for c in model.model.columns}
        faults = []
        for name, column in declared.items():
            if name not in found:
                hint = did_you_mean(name, found)
                faults.append(
                    f"{name} is in the .yml and not in the SQL" + (f" ({hint})" if hint else "")
                )
            elif column.data_type is None:
                faults.append(f"{name} has no data_type")
            elif self._type(column) != found[name]:
                faults.append(
                    f"{name} is {found[name]} in the SQL and {column.data_type} in the .yml"
                )
        faults += [
            f"{name} is in the SQL and not in the .yml" for name in found if name not in declared
        ]
        if faults:
            yield ContractError(
                f"{model.model.name} breaks its contract: {'; '.join(faults)}",
                at=model.model.spec_at or Location(_place(self.compiled.project, model)),
                fix="cast in the SQL, or correct the .yml",
            )

    def _type(self, column: Column) -> str:
        try:
            return self.canonical(str(column.data_type))
        except EngineFault as fault:
            self.errors.append(ProjectError(f"column {column.name}: {fault.message}", at=column.at))
            return "varchar"

    def _canonical(self, kind: str) -> str:
        """DuckDB's own name of a type, lower case: 'text' -> 'varchar'."""
        return str(self.engine.query(f"select lower(typeof(cast(null as {kind})))")[0][0])


def _empty_copy(model: CompiledModel) -> str:
    return f"create or replace table {model.relation} as (\n{model.sql}\n) with no data"


def _is_plain(model: CompiledModel) -> bool:
    """True when one statement binds all of it."""
    is_one = model.increment is None and model.materialized is not Materialized.SNAPSHOT
    return is_one and not model.is_open and not _ROWS_DECIDE.search(model.sql)


def _place(project: Project, model: CompiledModel) -> str:
    return str(project.place(model.model.path))


def _reason(fault: EngineFault) -> str:
    """What DuckDB says about a CSV file, without its advice and its list of options."""
    return f"{fault.message} {fault.fix or ''}".partition(" Possible Solution")[0].strip()
