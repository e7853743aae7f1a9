"""Each rule on both engines: the same SQL on the same typed rows gives the same columns and rows."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from functools import cache

import pytest

from retention_pipeline.engine import Engine
from retention_pipeline.engines.compare import difference
from retention_pipeline.engines.spark.session import Sessions
from retention_pipeline.engines.spark.translate import Translator
from retention_pipeline.engines.spark.versions import SparkEngine
from retention_pipeline.nodes import Relation
from tests.spark.pairs import PAIRS, SALT

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
T = Relation("raw", "t")
VERSION = secrets.token_hex(3)
SAIL_DIFFERS = {"tried_exponents": "Sail reads no exponent in a decimal"}


@pytest.fixture(scope="session", params=["sail", "spark"])
def engine(request: pytest.FixtureRequest, duck: Engine) -> SparkEngine:
    sessions: Sessions = request.getfixturevalue(request.param)
    made = SparkEngine(
        sessions, Translator({("raw", "t"): duck.columns(T)}), variables={"salt": SALT}
    )
    made.ensure_schemas(["raw"])
    made.load(T, VERSION, duck.cursor.sql("select * from raw.t").to_arrow_table())
    return made


@cache
def _scratch() -> Engine:
    return Engine(":memory:")


@pytest.fixture(scope="module", autouse=True)
def _closed() -> Iterator[None]:
    yield
    _scratch().close()


@pytest.mark.parametrize("name", PAIRS)
def test_both_engines_say_the_same(
    name: str, engine: SparkEngine, duck: Engine, request: pytest.FixtureRequest
) -> None:
    if name in SAIL_DIFFERS and engine.sessions.remote.is_shared:
        request.applymarker(pytest.mark.xfail(reason=SAIL_DIFFERS[name], strict=True))
    columns = duck.typed_rows(f"select * from ({PAIRS[name]}) limit 0")[0]
    wanted = duck.cursor.sql(PAIRS[name]).to_arrow_table()
    found = engine.fetch(engine.compile(PAIRS[name], columns), {T: VERSION})
    assert difference(_scratch(), wanted, found) is None
