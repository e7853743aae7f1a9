"""`pipeline build` on a server: the same tables, the same rules about what is built and published."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from retention_pipeline.api import Command, Flags, Options, dry_run, execute, show
from retention_pipeline.api_publishing import compare
from retention_pipeline.cataloguing import generate
from retention_pipeline.checking import check_all
from retention_pipeline.engines.spark import house as house_module
from retention_pipeline.engines.spark.session import Remote, Sessions
from retention_pipeline.errors import EngineError, UnportableError
from retention_pipeline.events import Status
from retention_pipeline.faults import EngineFault
from retention_pipeline.freshness import Need
from tests.conftest import environment, write_project
from tests.project_files import ORDERS
from tests.spark.building import SALT, OnSpark, named, statuses

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
# worked by hand from ORDERS: ann 10.50 + 30.25, bob 20.00; the order without a customer counts for none
ANN, BOB = ("ann", 2, "40.7500", 20.375), ("bob", 1, "20.0000", 20.0)


@pytest.fixture(params=["sail", "spark"])
def sessions(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Sessions, Path]]:
    """Each server; with a session of the test's own."""
    server: Sessions = request.getfixturevalue(request.param)
    own = Sessions(named(server.remote, (tmp_path / "tables").as_uri()))
    yield own, tmp_path
    own.close()


@pytest.fixture
def shop(sessions: tuple[Sessions, Path]) -> OnSpark:
    own, folder = sessions
    root = folder / "shop"
    write_project(root)
    return OnSpark(root, own.remote)


def _orders(shop: OnSpark, own: Sessions) -> list[tuple[object, ...]]:
    return [(a, n, str(m), x) for a, n, m, x in shop.rows(own, "customer_orders")]


def test_a_build_and_what_comes_after_it(shop: OnSpark, sessions: tuple[Sessions, Path]) -> None:
    own = sessions[0]
    results = shop.build()
    assert results.ok, shop.said
    assert {s.status for s in results.steps} == {Status.OK}
    assert results.published is not None
    assert (results.published.tables, results.published.written) == (2, 2)
    assert _orders(shop, own) == [ANN, BOB]
    assert shop.rows(own, "country_orders") == [("DE", 3), ("FR", 1)]
    assert not (shop.root / "warehouse/retention.duckdb").exists()

    # nothing changed: nothing runs
    again = shop.build()
    assert again.ok
    assert {s.status for s in again.steps} == {Status.REUSED}
    assert again.published is not None
    assert again.published.is_current

    # other rows, of which country_orders sees nothing: it stays, and so does its version
    before = shop.tables(own)
    shop.edit("seeds/raw_orders.csv", "o4,,2024", "o4,eve,2024")
    changed = shop.build()
    assert changed.ok, shop.said
    assert statuses(changed) == {
        "countries": "reused",
        "raw_orders": "ok",
        "stg_orders": "ok",
        "customer_orders": "ok",
        "country_orders": "reused",
    }
    assert _orders(shop, own) == [ANN, BOB, ("eve", 1, "5.0000", 5.0)]
    kept = {name for name in before if name.startswith("country_orders")}
    assert kept <= shop.tables(own)

    # what was replaced is there until the next build, for whoever is reading it
    old = before - shop.tables(own)
    assert old == set()
    shop.build()
    left = {name for name in shop.tables(own) if name.startswith("customer_orders__")}
    assert len(left) == 1


def test_a_failing_test_publishes_nothing(shop: OnSpark, sessions: tuple[Sessions, Path]) -> None:
    own = sessions[0]
    assert shop.build().ok
    shop.edit("seeds/raw_orders.csv", "20.00,FR", "-20.00,FR")
    results = shop.build()
    assert not results.ok
    failed = [s for s in results.steps if s.status is Status.FAILED]
    assert [s.name for s in failed] == ["assert_revenue_is_not_negative"]
    assert "customer_id=bob" in failed[0].detail
    assert "revenue=-20.0000" in failed[0].detail
    assert results.published is not None
    assert "did not pass" in results.published.reason
    assert _orders(shop, own) == [ANN, BOB]  # readers have what they had
    shop.edit("seeds/raw_orders.csv", "-20.00,FR", "21.00,FR")
    assert shop.build().ok, shop.said
    assert _orders(shop, own) == [ANN, ("bob", 1, "21.0000", 21.0)]


def test_bad_rows_are_told_like_everywhere(shop: OnSpark) -> None:
    shop.edit("seeds/raw_orders.csv", "20.00,FR", "twenty,FR")
    results = shop.build()
    (failed,) = (s for s in results.steps if s.status is Status.FAILED)
    assert str(failed.at).endswith("raw_orders.csv:3")
    assert "twenty" in failed.message


def test_a_build_that_was_cut_off_goes_on(
    shop: OnSpark, sessions: tuple[Sessions, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The driver dies after it wrote a version and before it noted it."""
    own = sessions[0]
    assert shop.build().ok
    shop.edit("seeds/raw_orders.csv", "10.50,DE", "11.50,DE")

    class Killed(BaseException):
        """Nothing of ours catches it."""

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(house_module.SparkHouse, "_shell", die)
        with pytest.raises(Killed):
            shop.build()
    assert _orders(shop, own) == [ANN, BOB]
    left = shop.tables(own, "staging")
    assert shop.build().ok, shop.said
    assert _orders(shop, own) == [("ann", 2, "41.7500", 20.875), BOB]
    assert not (left & shop.tables(own, "staging"))  # what the dead build wrote is swept


def test_the_driver_is_killed(shop: OnSpark, sessions: tuple[Sessions, Path]) -> None:
    """SIGKILL as soon as the server has a new table: readers see what they saw, the next build goes on."""
    own = sessions[0]
    assert shop.build().ok
    shop.edit("seeds/raw_orders.csv", "10.50,DE", "12.50,DE")
    before = shop.tables(own, "raw")
    command = [sys.executable, "-W", "ignore", "-m", "retention_pipeline", "build", "-q"]
    with subprocess.Popen(
        [*command, "--target", "spark"], cwd=shop.root, env=environment(**SALT)
    ) as driver:
        while driver.poll() is None and shop.tables(own, "raw") == before:
            time.sleep(0.02)
        driver.kill()
    assert _orders(shop, own)[1] == BOB
    assert _orders(shop, own)[0] in (ANN, ("ann", 2, "42.7500", 21.375))
    assert shop.build().ok, shop.said
    assert _orders(shop, own) == [("ann", 2, "42.7500", 21.375), BOB]
    assert shop.build().ok
    assert len(shop.tables(own)) == 4  # two marts: a view and one version each


def test_a_reader_never_fails_and_sees_whole_states(
    shop: OnSpark, sessions: tuple[Sessions, Path]
) -> None:
    own, stop = sessions[0], threading.Event()
    seen: list[list[object]] = []
    errors: list[str] = []
    assert shop.build().ok
    reader = Sessions(own.remote)

    def read() -> None:
        while not stop.is_set():
            try:
                seen.append([row[2] for row in _orders(shop, reader)])
            except EngineFault as fault:
                errors.append(fault.message)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    try:
        for amount in ("11.50", "12.50", "13.50"):
            shop.write(
                "seeds/raw_orders.csv", ORDERS.replace("10.50", amount).replace("20.00", amount)
            )
            assert shop.build().ok, shop.said
    finally:
        stop.set()
        thread.join(timeout=60)
        reader.close()
    assert errors == []
    # 10.50 + 30.25 and 20.00; then x + 30.25 and x: each state whole, none twice
    states: list[list[object]] = [["40.7500", "20.0000"]]
    states += [[f"{x + 30.25:.4f}", f"{x:.4f}"] for x in (11.5, 12.5, 13.5)]
    assert all(each in states for each in seen)
    assert [states.index(each) for each in seen] == sorted(states.index(each) for each in seen)


def test_tables_that_somebody_dropped_are_built_again(
    shop: OnSpark, sessions: tuple[Sessions, Path]
) -> None:
    own = sessions[0]
    assert shop.build().ok
    for name in shop.tables(own):
        kind = "table" if "__v" in name else "view"
        own.fetch(f"drop {kind} {shop.prefix}marts.{name}")
    results = shop.build()
    assert results.ok, shop.said
    assert statuses(results, ["model"]) == {
        "stg_orders": "reused",
        "customer_orders": "ok",
        "country_orders": "ok",
    }
    assert _orders(shop, own) == [ANN, BOB]


def test_a_mart_that_goes_is_gone_for_readers(
    shop: OnSpark, sessions: tuple[Sessions, Path]
) -> None:
    own = sessions[0]
    assert shop.build().ok
    (shop.root / "models/marts/country_orders.sql").unlink()
    (shop.root / "models/marts/country_orders.yml").unlink()
    assert shop.build().ok, shop.said
    assert "country_orders" not in shop.tables(own)
    assert _orders(shop, own) == [ANN, BOB]


def test_what_else_reads_rows(shop: OnSpark, sessions: tuple[Sessions, Path]) -> None:
    """show asks the server, plan and docs need none, and nothing takes empty tables for rows."""
    options = Options(project_dir=shop.root, environ=SALT, target="spark")
    assert shop.build().ok
    columns, rows = show(options, "customer_orders", None, 5)
    assert columns == ["customer_id", "orders", "revenue", "revenue_per_order"]
    assert sorted((a, n, str(m), x) for a, n, m, x in rows) == [ANN, BOB]
    assert show(options, None, "select count(*) as n from {{ ref('stg_orders') }}", 5)[1] == [(4,)]
    plan = dry_run(options)
    assert {s.verdict.need for s in plan.steps if s.kind == "model"} == {Need.REUSE}
    with duckdb.connect(str(shop.root / "warehouse/spark.duckdb"), read_only=True) as con:
        described = con.execute("describe marts.customer_orders").fetchall()
        assert [row[1] for row in described] == ["VARCHAR", "BIGINT", "DECIMAL(18,4)", "DOUBLE"]
        for sql in (
            "select count(*) from marts.customer_orders",
            "from staging.stg_orders limit 1",
        ):
            with pytest.raises(duckdb.Error, match="are on Spark"):
                con.execute(sql).fetchall()
    written = generate(options, lambda: datetime(2024, 6, 1, tzinfo=UTC))
    assert '"revenue_per_order"' in written[1].read_text()


def test_a_copy_of_the_marts_is_kept_where_it_is_asked_for(
    shop: OnSpark, sessions: tuple[Sessions, Path]
) -> None:
    """What reads the published file (the report, diff, PostgreSQL, rollback) works with it."""
    options = Options(project_dir=shop.root, environ=SALT, target="spark")
    assert shop.build().ok
    with pytest.raises(EngineError, match="views on the server") as caught:
        compare(options, None, None)
    assert "published_path" in str(caught.value.fix)
    shop.edit("dbt_project.yml", "vars:\n", "vars:\n  published_path: copy/shop.duckdb\n")
    results = shop.build()
    assert results.published is not None
    assert results.published.path.endswith("copy/shop.duckdb")
    with duckdb.connect(str(shop.root / "copy/shop.duckdb"), read_only=True) as con:
        rows = con.execute("from marts.customer_orders order by 1").fetchall()
        assert [(a, n, str(m), x) for a, n, m, x in rows] == [ANN, BOB]
    assert compare(options, None, None).is_same
    # the copy is older than what is built: diff tells
    shop.edit("seeds/raw_orders.csv", "20.00,FR", "22.00,FR")
    assert shop.build(command=Command.SEED).ok
    assert shop.build(command=Command.RUN).ok
    found = {m.name: m for m in compare(options, None, None).marts}
    assert not found["customer_orders"].is_same
    assert found["country_orders"].is_same


def test_empty_tables_of_the_right_columns(shop: OnSpark, sessions: tuple[Sessions, Path]) -> None:
    options = Options(project_dir=shop.root, environ=SALT, target="spark")
    assert execute(Command.BUILD, options, flags=Flags(empty=True)).ok
    assert "customer_orders" not in shop.tables(sessions[0])  # nothing is published
    assert show(options, None, "select * from {{ ref('customer_orders') }}", 5)[1] == []
    assert shop.build().ok, shop.said
    assert _orders(shop, sessions[0]) == [ANN, BOB]


def test_only_tests_and_only_runs(shop: OnSpark, sessions: tuple[Sessions, Path]) -> None:
    own = sessions[0]
    assert shop.build(command=Command.SEED).ok, shop.said
    assert shop.build(command=Command.RUN).ok, shop.said
    assert "customer_orders" not in shop.tables(own)  # `run` publishes nothing
    results = shop.build(command=Command.TEST)
    assert results.ok, shop.said
    assert shop.build().ok
    assert _orders(shop, own) == [ANN, BOB]


@pytest.mark.parametrize(
    ("path", "text", "place", "said"),
    [
        (
            "models/marts/country_orders.sql",
            "select country,\n  cast(list(order_id)[1] as bigint) as orders\nfrom {{ ref('stg_orders') }}"
            " group by country",
            "models/marts/country_orders.sql:2",
            "not portable to Spark",
        ),
        (
            "models/marts/country_orders.py",
            "def model(dbt, session):\n    return dbt.ref('stg_orders')\n",
            "models/marts/country_orders.py",
            "a Python model runs in this process",
        ),
        (
            "models/marts/hooked.sql",
            "{{ config(post_hook='select 1', contract={'enforced': false}) }} select 1 as one",
            "models/marts/hooked.sql",
            "a hook is SQL of its own",
        ),
    ],
)
def test_what_cannot_be_is_refused_before_anything_runs(
    tmp_path: Path, path: str, text: str, place: str, said: str
) -> None:
    """Nothing is asked of the server: there is none."""
    write_project(tmp_path)
    shop = OnSpark(tmp_path, named_nowhere())
    if path.endswith(".py"):
        (tmp_path / "models/marts/country_orders.sql").unlink()
    shop.write(path, text)
    for refuse in (shop.build, lambda: check_all(Options(tmp_path, environ=SALT, target="spark"))):
        with pytest.raises(UnportableError) as caught:
            refuse()
        assert said in str(caught.value)
        assert str(caught.value.at).endswith(place)


def test_no_server_is_an_error_with_a_place(tmp_path: Path) -> None:
    write_project(tmp_path)
    shop = OnSpark(tmp_path, named_nowhere())
    with pytest.raises(EngineError, match="no Spark Connect server answers"):
        shop.build()


def named_nowhere() -> Remote:
    """An address where nobody listens."""
    return Remote("sc://127.0.0.1:9")
