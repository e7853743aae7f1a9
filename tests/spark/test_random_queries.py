"""Random queries of joins, unions, windows, subqueries: refused, or the same on both engines."""

from __future__ import annotations

import secrets
from collections import Counter
from random import Random

import pytest

from retention_pipeline.engine import Engine, EngineFault
from retention_pipeline.engines.compare import difference
from retention_pipeline.engines.spark.session import Sessions
from retention_pipeline.engines.spark.translate import Translator
from retention_pipeline.engines.spark.versions import SparkEngine
from retention_pipeline.engines.spark.walk import Refused
from retention_pipeline.nodes import Relation
from tests.properties.random_queries import TABLES, Writer

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
QUERIES = {"sail": 300, "spark": 60}
VERSION = secrets.token_hex(3)


@pytest.mark.parametrize("server", QUERIES)
def test_a_random_query_is_refused_or_the_same(server: str, request: pytest.FixtureRequest) -> None:
    sessions: Sessions = request.getfixturevalue(server)
    random = Random(20)
    seen: Counter[str] = Counter()
    with Engine(":memory:") as duck, Engine(":memory:") as scratch:
        engine = _filled(duck, sessions, random)
        versions = {Relation("s", name): VERSION for name in TABLES}
        while seen.total() < QUERIES[server]:
            sql = Writer(random).query()
            try:
                columns = duck.typed_rows(f"select * from ({sql}) limit 0")[0]
                wanted = duck.cursor.sql(sql).to_arrow_table()
            except EngineFault:
                continue  # a mixture of names that DuckDB does not take either
            try:
                statement = engine.compile(sql, columns)
                found = engine.fetch(statement, versions)
            except Refused as refused:
                seen[f"refused: {refused.message[:40]}"] += 1
                continue
            except (
                EngineFault
            ) as fault:  # told, never guessed: subqueries that the engine cannot do
                seen[f"failed: {fault.message[:60]}"] += 1
                continue
            assert difference(scratch, wanted, found) is None, f"{sql}\n{statement.text()}"
            seen["equal"] += 1
    print(seen)
    assert seen["equal"] > QUERIES[server] / 2, seen


def _filled(duck: Engine, sessions: Sessions, random: Random) -> SparkEngine:
    tables = {("s", name): dict.fromkeys(columns, "bigint") for name, columns in TABLES.items()}
    engine = SparkEngine(sessions, Translator(tables))
    engine.ensure_schemas(["s"])
    duck.query("create schema s")
    for name, columns in TABLES.items():
        rows = ", ".join(
            "(" + ", ".join(random.choice(["null", "0", "1", "2", "3"]) for _ in columns) + ")"
            for _ in range(9)
        )
        casts = ", ".join(f"cast({column} as bigint) as {column}" for column in columns)
        values = f"select {casts} from (values {rows}) as v({', '.join(columns)})"
        duck.query(f"create table s.{name} as {values}")
        engine.load(Relation("s", name), VERSION, duck.cursor.sql(values).to_arrow_table())
    return engine
