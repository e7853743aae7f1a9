"""Every relation of a project, built on Spark by the translated SQL, compared with DuckDB's.

    python -m benchmarks.spark_parity --remote sc://localhost:15002 --warehouse build.duckdb
    python -m benchmarks.spark_parity --sail --warehouse build.duckdb --tests
    python -m benchmarks.spark_parity --built spark --warehouse build.duckdb

The raw tables go from the DuckDB build to Spark through Arrow. Everything else is built there, each
model from Spark's own relations below it, and then compared row by row. Prints what is refused, what
fails and what differs, and counts. Exit code 1 when anything does.

`--built TARGET`: what `pipeline build --target TARGET` has built there is compared, as it is.
"""

from __future__ import annotations

import argparse
import contextlib
import secrets
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from retention_pipeline.api import compile_
from retention_pipeline.compiled import Compiled, CompiledModel
from retention_pipeline.engine import Engine, EngineFault
from retention_pipeline.engines.compare import difference
from retention_pipeline.engines.spark.session import Remote, Sessions
from retention_pipeline.engines.spark.translate import Translator
from retention_pipeline.engines.spark.versions import SparkEngine
from retention_pipeline.engines.spark.walk import Refused
from retention_pipeline.nodes import Materialized, Relation
from retention_pipeline.options import Options
from retention_pipeline.salt import salted
from retention_pipeline.settings import parse_vars
from retention_pipeline.warehouse import open_warehouse

VERSION = secrets.token_hex(3)  # another run may have left its tables


@dataclass
class Tally:
    """What became of each relation or test: its name -> why it is not equal."""

    equal: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    different: dict[str, str] = field(default_factory=dict)

    def tell(self, name: str, how: str, why: str) -> None:
        """Keep it, and print it at once: the whole takes minutes."""
        getattr(self, how)[name] = why
        print(f"{how:10} {name}: {why}", flush=True)

    def __str__(self) -> str:
        return (
            f"{len(self.equal)} equal, {len(self.refused)} refused,"
            f" {len(self.failed)} failed, {len(self.different)} different"
        )

    @property
    def is_whole(self) -> bool:
        return not (self.refused or self.failed or self.different)


class Parity:
    """One comparison of a DuckDB build with what a Spark server makes of the same raw tables."""

    def __init__(self, compiled: Compiled, duck: Engine, sessions: Sessions) -> None:
        self.compiled, self.duck = compiled, duck
        self.scratch = Engine(":memory:")
        self.types = _types(duck)
        translator = Translator({(r.schema, r.name): c for r, c in self.types.items()})
        self.spark = SparkEngine(sessions, translator, variables=duck.variables)
        self.versions: dict[Relation, str] = {}

    def run(self, only: frozenset[str] = frozenset()) -> Tally:
        """Load, build and compare; with `only`, nothing but these models and what they read."""
        tally = Tally()
        self.spark.ensure_schemas(relation.schema for relation in self.types)
        for uid in self.compiled.graph.order():
            relation = self.compiled.relations.get(uid)
            if relation is None or relation not in self.types or relation in self.versions:
                continue
            model = self.compiled.models.get(uid)
            if model is None or model.sql == "":
                self._load(relation)
            elif not only or model.model.name in only:
                self._build(model, tally)
        return tally

    def _load(self, relation: Relation, version: str = VERSION) -> None:
        rows = self._duck_rows(f"select * from {relation}")
        self.spark.load(relation, version, rows, self.types[relation])
        self.versions[relation] = version

    def _build(self, model: CompiledModel, tally: Tally) -> None:
        relation, name = model.relation, model.model.name
        is_view = model.materialized is Materialized.VIEW
        try:
            statement = self.spark.compile(model.sql, self.types[relation])
            for read in statement.reads - {f"{r.schema}.{r.name}" for r in self.versions}:
                self._load(Relation(*read.split(".")))
            self.spark.build(relation, VERSION, statement, self.versions, view=is_view)
            self.versions[relation] = VERSION
            found = self.spark.sessions.fetch(
                f"select * from `{relation.schema}`.`{relation.name}__{VERSION}`"
            )
        except Refused as refused:
            tally.tell(name, "refused", f"line {refused.line}: {refused.message}")
        except EngineFault as fault:
            tally.tell(name, "failed", " ".join(fault.message.split())[:200])
        else:
            told = difference(self.scratch, self._duck_rows(f"select * from {relation}"), found)
            if told is None:
                tally.equal.append(name)
            else:
                tally.tell(name, "different", told)
        if relation not in self.versions:  # what reads it is compared all the same
            self._load(relation, f"{VERSION}_loaded")

    def run_tests(self) -> Tally:
        """The data tests, on Spark's relations: as many offenders as on DuckDB's."""
        tally = Tally()
        for test in self.compiled.tests.values():
            with contextlib.suppress(EngineFault):
                columns = self.duck.typed_rows(f"select * from ({test.sql}) limit 0")[0]
                self._test(test.test.name, test.sql, columns, tally)
        return tally

    def _test(self, name: str, sql: str, columns: dict[str, str], tally: Tally) -> None:
        wanted = self._duck_rows(sql)
        try:
            statement = self.spark.compile(sql, columns)
            found = self.spark.fetch(statement, self.versions)
        except Refused as refused:
            tally.tell(name, "refused", f"line {refused.line}: {refused.message}")
        except EngineFault as fault:
            tally.tell(name, "failed", " ".join(fault.message.split())[:200])
        else:
            told = difference(self.scratch, wanted, found)
            if told is None:
                tally.equal.append(name)
            else:
                tally.tell(name, "different", told)

    def _duck_rows(self, sql: str) -> Any:
        return self.duck.cursor.sql(sql).to_arrow_table()


def _types(duck: Engine) -> dict[Relation, dict[str, str]]:
    found: dict[Relation, dict[str, str]] = {}
    for schema, table, column, kind in duck.query(
        "select schema_name, table_name, column_name, lower(data_type) from duckdb_columns()"
        " where not internal order by schema_name, table_name, column_index"
    ):
        found.setdefault(Relation(schema, table), {})[column] = kind
    return found


def open_build(compiled: Compiled, warehouse: Path) -> Engine:
    """The working database of a build, with the project's salt."""
    project = compiled.project
    target = salted(project.target, project.environ, project.root, make=False)
    return Engine(str(warehouse), read_only=True, variables=target.variables)


def compare_built(compiled: Compiled, duck: Engine, built: Engine) -> Tally:
    """Every relation of two builds, read from both engines."""
    tally = Tally()
    here, there, scratch = duck.relations(), built.relations(), Engine(":memory:")
    for model in compiled.models.values():
        relation, name = model.relation, model.model.name
        if relation not in here:
            continue
        if relation not in there:
            tally.tell(name, "failed", "it is not built there")
            continue
        found = built.arrow(relation)
        wanted = duck.cursor.sql(f"select * from {relation}").to_arrow_table()
        told = difference(scratch, wanted, found)
        if told is None:
            tally.equal.append(name)
        else:
            tally.tell(name, "different", told)
    return tally


@contextlib.contextmanager
def sail() -> Iterator[str]:
    """A Sail server of this process; gives its address."""
    from pysail.spark import SparkConnectServer

    server = SparkConnectServer()
    server.start(background=True)
    host, port = server.listening_address
    try:
        yield f"sc://{host}:{port}"
    finally:
        server.stop()


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    asked.add_argument("--warehouse", type=Path, required=True, help="the DuckDB working database")
    asked.add_argument("--project-dir", type=Path, default=Path())
    asked.add_argument("--remote", default="", help="sc://host:port")
    asked.add_argument("--sail", action="store_true", help="a Sail server of this process")
    asked.add_argument("--tests", action="store_true", help="the data tests too")
    asked.add_argument("--built", default="", help="a target of profiles.yml that was built")
    asked.add_argument("--profiles-dir", type=Path, default=None)
    asked.add_argument("--vars", default="{}", help="those of the builds")
    asked.add_argument("--only", default="", help="names of models, with commas")
    given = asked.parse_args()
    if given.built:
        options = Options(
            given.project_dir,
            vars=parse_vars(given.vars),
            target=given.built,
            profiles_dir=given.profiles_dir,
        )
        compiled = compile_(options)
        with (
            open_build(compiled, given.warehouse) as duck,
            open_warehouse(compiled, read_only=True) as built,
        ):
            tally = compare_built(compiled, duck, built)
        print(f"models: {tally}")
        return 0 if tally.is_whole else 1
    with contextlib.ExitStack() as stack:
        url = stack.enter_context(sail()) if given.sail else given.remote
        tables = stack.enter_context(TemporaryDirectory()) if given.sail else ""
        at = Path(tables).as_uri() if tables else ""
        sessions = Sessions(Remote(url, is_shared=given.sail, location=at))
        stack.callback(sessions.close)
        compiled = compile_(Options(given.project_dir, vars=parse_vars(given.vars)))
        duck = stack.enter_context(open_build(compiled, given.warehouse))
        parity = Parity(compiled, duck, sessions)
        began = time.process_time()
        tallies = [parity.run(frozenset(filter(None, given.only.split(","))))]
        print(f"models: {tallies[0]}", flush=True)
        if given.tests:
            tallies.append(parity.run_tests())
            print(f"data tests: {tallies[1]}")
    print(f"{time.process_time() - began:.1f} s of CPU in this process")
    return 0 if all(tally.is_whole for tally in tallies) else 1


if __name__ == "__main__":
    sys.exit(main())
