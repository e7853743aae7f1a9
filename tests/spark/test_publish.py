"""Publishing under a reader that never pauses: old or new, never an error, never a mixture."""

from __future__ import annotations

import secrets
import threading
from typing import Any

import pytest

from retention_pipeline.engine import EngineFault
from retention_pipeline.engines.spark.session import Sessions
from retention_pipeline.engines.spark.translate import Translator
from retention_pipeline.engines.spark.versions import SparkEngine
from retention_pipeline.nodes import Relation

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
ROWS = 2000
PUBLISHES = 20


class Reader(threading.Thread):
    """Asks again and again, in a session of its own, until it is told to stop."""

    def __init__(self, sessions: Sessions, relation: Relation) -> None:
        super().__init__(daemon=True)
        self.sessions, self.stop = sessions, threading.Event()
        self.sql = (
            f"select min(v) as a, max(v) as b, count(*) as n from {relation.schema}.{relation.name}"
        )
        self.seen: list[dict[str, Any]] = []
        self.errors: list[str] = []

    def run(self) -> None:
        while not self.stop.is_set():
            try:
                self.seen += self.sessions.fetch(self.sql).to_pylist()
            except EngineFault as fault:
                self.errors.append(fault.message)


def _engine(sessions: Sessions) -> SparkEngine:
    return SparkEngine(sessions, Translator({}))


def _make(engine: SparkEngine, relation: Relation, version: int) -> None:
    """A version in which every row says which one it is."""
    ten = " union all ".join(f"select {n} as n" for n in range(10))
    sql = (
        f"with ten as ({ten}), two as (select n from ten where n < 2) select {version} as v,"
        " a.n + 10 * b.n + 100 * c.n + 1000 * d.n as k from ten as a cross join ten as b"
        " cross join ten as c cross join two as d"
    )
    statement = engine.compile(sql, {"v": "integer", "k": "integer"})
    engine.build(relation, str(version), statement, {}, view=False)


def test_a_reader_sees_old_or_new_during_twenty_publishes(spark: Sessions) -> None:
    engine, relation = _engine(spark), Relation("marts", f"shown_{secrets.token_hex(3)}")
    engine.ensure_schemas(["marts"])
    _make(engine, relation, 0)
    engine.publish({relation: "0"})
    reader = Reader(spark, relation)
    reader.start()
    try:
        for version in range(1, PUBLISHES + 1):
            _make(engine, relation, version)
            engine.publish({relation: str(version)})
    finally:
        reader.stop.set()
        reader.join(timeout=60)
    assert reader.errors == []
    assert {(row["a"] == row["b"], row["n"]) for row in reader.seen} == {(True, ROWS)}
    versions = [row["a"] for row in reader.seen]
    assert versions == sorted(versions)
    assert len(set(versions)) > PUBLISHES / 4  # it did read meanwhile
    for version in range(PUBLISHES):
        engine.drop({relation: str(version)})
    assert spark.fetch(reader.sql).to_pylist() == [{"a": PUBLISHES, "b": PUBLISHES, "n": ROWS}]


@pytest.mark.parametrize("server", ["sail", "spark"])
def test_a_version_is_seen_when_it_is_published(
    server: str, request: pytest.FixtureRequest
) -> None:
    sessions: Sessions = request.getfixturevalue(server)
    engine, relation = _engine(sessions), Relation("marts", f"once_{secrets.token_hex(3)}")
    engine.ensure_schemas(["marts"])
    for version in (1, 2):
        _make(engine, relation, version)
        if version == 1:
            engine.publish({relation: "1"})
    sql = f"select max(v) as v, count(*) as n from marts.{relation.name}"
    assert sessions.fetch(sql).to_pylist() == [{"v": 1, "n": ROWS}]
    engine.publish({relation: "2"})
    assert sessions.fetch(sql).to_pylist() == [{"v": 2, "n": ROWS}]
    assert engine.columns(relation) == {"v": "int", "k": "int"}
