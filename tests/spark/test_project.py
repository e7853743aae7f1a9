"""The sample, built on Spark by the translated SQL, is the sample built on DuckDB: every row."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.spark_parity import Parity, open_build
from retention_pipeline.api import Options, compile_, execute
from retention_pipeline.binder import bind
from retention_pipeline.engines.spark.cache import Translations
from retention_pipeline.engines.spark.portable import tables_of, translate_all
from retention_pipeline.engines.spark.session import Sessions
from retention_pipeline.plan import Command
from tests.conftest import CHECKOUT

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
SAIL_CANNOT = {
    "Division by zero": "it divides in branches of a CASE that no row takes, and by what lies below NULL",
    "nullability": "its planner now and then finds another one than its executor",
}
"""Why Sail 0.7.2 fails now and then, at this model or that. It never may give other rows."""


def is_known_of_sail(why: str) -> bool:
    return any(reason in why for reason in SAIL_CANNOT)


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> Options:
    """The project of this checkout, built on DuckDB into a folder of its own."""
    folder = tmp_path_factory.mktemp("sample")
    environ = {
        "RETENTION_WAREHOUSE": str(folder / "build.duckdb"),
        "DBT_ENV_SECRET_RETENTION_SALT": "the salt of the comparison",
    }
    options = Options(project_dir=CHECKOUT, environ=environ)
    assert execute(Command.BUILD, options, include=["models/"]).ok
    return options


@pytest.mark.parametrize("server", ["sail", "spark"])
def test_every_relation_is_equal(
    server: str, options: Options, request: pytest.FixtureRequest
) -> None:
    sessions: Sessions = request.getfixturevalue(server)
    compiled = compile_(options)
    with open_build(compiled, Path(options.environ["RETENTION_WAREHOUSE"])) as duck:
        tally = Parity(compiled, duck, sessions).run()
    assert tally.refused == {}
    assert tally.different == {}
    if server == "sail":
        tally.failed = {n: why for n, why in tally.failed.items() if not is_known_of_sail(why)}
    assert tally.failed == {}
    assert len(tally.equal) > 300


def test_everything_is_translated_and_kept(options: Options, tmp_path: Path) -> None:
    compiled = compile_(options)
    types = bind(compiled)
    kept = Translations(tables_of(compiled, types), tmp_path / "spark.json")
    done = translate_all(compiled, types, kept)
    assert len(done) > 1500
    again = Translations(tables_of(compiled, types), tmp_path / "spark.json")
    assert translate_all(compiled, types, again) == done
