"""Commands that read what a build left, on a target whose rows are on a server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from retention_pipeline.engines.spark.session import Sessions
from tests.conftest import Shop
from tests.publishing.postgres_server import server as postgres_server
from tests.publishing.postgres_server import why_not
from tests.spark.building import OnSpark, named

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
COPY = "vars:\n  published_path: copy/shop.duckdb\n"
FRESHNESS = """\
    loaded_at_field: ordered_at
    freshness: {error_after: {count: 1, period: day}}
"""
# worked by hand from the seed: ann 10.50 + 30.25, bob 20 and, later, 22
ANN, BOB, LATER = ("ann", "40.7500"), ("bob", "20.0000"), ("bob", "22.0000")


@pytest.fixture(params=["sail", "spark"])
def there(request: pytest.FixtureRequest, shop: Shop, tmp_path: Path) -> OnSpark:
    """The mini project with a server as its target; `shop.run` runs commands on it."""
    server: Sessions = request.getfixturevalue(request.param)
    return OnSpark(shop.root, named(server.remote, (tmp_path / "tables").as_uri()))


def _copied(shop: Shop) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(shop.root / "copy/shop.duckdb"), read_only=True) as con:
        sql = "select customer_id, revenue::varchar from marts.customer_orders order by 1"
        return con.execute(sql).fetchall()


def test_without_a_copy_commands_say_what_they_want(there: OnSpark, shop: Shop) -> None:
    assert shop.run("build", "-q").code == 0
    for argv in (("report",), ("diff",), ("rollback",), ("publish", "--to", "bi")):
        done = shop.run(*argv)
        assert done.code == 2, argv
        if argv[-1] != "bi":
            assert "the marts are views on the server" in done.err
            assert "set var published_path" in done.err
    facts = shop.run("debug").out
    assert f"spark (Spark at {there.remote.url.partition('/;')[0]}, parquet tables" in facts
    assert "connection         ok" in facts
    assert "nothing to publish" in shop.run("publish").out
    assert shop.run("docs").code == 0
    assert "customer_orders" in (shop.root / "target/docs/index.html").read_text()


def test_the_copy_is_reported_compared_and_put_back(there: OnSpark, shop: Shop) -> None:
    shop.edit("dbt_project.yml", "vars:\n", COPY)
    assert shop.run("build", "-q").code == 0
    assert _copied(shop) == [ANN, BOB]
    shop.edit("seeds/raw_orders.csv", "20.00,FR", "22.00,FR")
    assert (shop.run("seed", "-q").code, shop.run("run", "-q").code) == (0, 0)
    assert "bob: revenue 20.0000 -> 22.0000" in shop.run("diff").out
    assert shop.run("build", "-q").code == 0
    assert _copied(shop) == [ANN, LATER]
    assert [line.split()[0] for line in shop.run("versions").out.splitlines()] == ["live", "kept"]
    # the file goes back, and it is said that the views on the server do not
    back = shop.run("rollback")
    assert back.code == 1
    assert "show what was built last" in back.out
    assert _copied(shop) == [ANN, BOB]
    again = shop.run("build", "-q")
    assert again.code == 0
    assert _copied(shop) == [ANN, BOB]
    assert shop.run("publish", "--force").code == 0
    assert _copied(shop) == [ANN, LATER]


def test_a_page_of_the_copy(there: OnSpark, shop: Shop) -> None:
    pytest.importorskip("vl_convert", reason="the extra `report` is not installed")
    shop.edit("dbt_project.yml", "vars:\n", COPY)
    assert shop.run("build", "-q").code == 0
    done = shop.run("report", "--out", "page.html")
    assert done.code == 0, done.text
    assert "</html>" in (shop.root / "page.html").read_text()


@pytest.mark.skipif(bool(why_not()), reason=why_not())
def test_the_copy_goes_to_postgresql(
    there: OnSpark, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    psycopg = pytest.importorskip("psycopg", reason="needs the extra `postgres`")
    shop.edit("dbt_project.yml", "vars:\n", COPY)
    with postgres_server() as running:
        where = {"host": running.host, "port": running.port, "user": running.user}
        monkeypatch.setenv("SHOP_PG_PASSWORD", running.password)
        output = {"type": "postgres", **where, "dbname": "postgres", "schema": "marts"}
        output["password"] = "{{ env_var('SHOP_PG_PASSWORD') }}"
        profiles = shop.root / "profiles.yml"
        profiles.write_text(f"{profiles.read_text()}    bi: {json.dumps(output)}\n")
        assert shop.run("build", "-q").code == 0
        done = shop.run("publish", "--to", "bi")
        assert done.code == 0, done.text
        with psycopg.connect(dbname="postgres", password=running.password, **where) as con:
            sql = "select customer_id, revenue::text from marts.customer_orders order by 1"
            assert con.execute(sql).fetchall() == [ANN, BOB]


def test_how_old_a_source_is_that_was_loaded_here(there: OnSpark, shop: Shop) -> None:
    """By hand: its newest row is of 2024, so a day is exceeded. Nothing is sent to the server for it."""
    assert shop.run("build", "-q").code == 0
    path = next(p for p in (shop.root / "models").rglob("*.yml") if "- name: raw" in p.read_text())
    shop.edit(str(path.relative_to(shop.root)), "- name: raw\n", f"- name: raw\n{FRESHNESS}")
    done = shop.run("source", "freshness")
    assert done.code == 1, done.text
    (found,) = json.loads((shop.root / "target/sources.json").read_text())["results"]
    assert (found["status"], found["max_loaded_at"][:5]) == ("error", "2024-"), found
