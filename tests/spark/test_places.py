"""Inputs that the server reads: the contract holds there as it does for files of this machine."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from retention_pipeline.api import Options
from retention_pipeline.choice import Choice
from retention_pipeline.engines.spark.session import Sessions
from retention_pipeline.errors import CommandError, PipelineError
from retention_pipeline.events import Status
from retention_pipeline.freshening import source_freshness
from tests.conftest import write_project
from tests.spark.building import SALT, OnSpark, named, statuses

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
TYPED = """
select 'o1' as order_id, 'ann' as customer_id, timestamp '2024-01-05 10:00:00' as ordered_at,
    cast(10.50 as decimal(18, 4)) as amount, 'DE' as country
union all select 'o2', 'bob', timestamp '2024-01-06 00:00:00', 20.00, 'FR'
union all select 'o3', 'ann', timestamp '2024-02-07 23:59:59', 30.25, 'DE'
"""
TEXTS = """
select ' o1 ' as "ORDER_ID", 'ann' as customer_id, '2024-01-05T12:00:00+02:00' as ordered_at,
    '10.50' as amount, ' DE' as country
union all select 'o2', 'bob', '2024-01-06', '2e1', 'FR'
union all select 'o3', 'ann', '2024-02-07 23:59:59', '+30.25', 'DE'
"""


@pytest.fixture(params=["spark"])
def own(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sessions]:
    """Sail has no metadata of files."""
    server: Sessions = request.getfixturevalue(request.param)
    found = Sessions(named(server.remote, (tmp_path / "tables").as_uri()))
    yield found
    found.close()


@pytest.fixture
def shop(own: Sessions, tmp_path: Path) -> OnSpark:
    root = tmp_path / "shop"
    write_project(root)
    (root / "seeds/raw_orders.csv").unlink()
    return OnSpark(root, own.remote, values={"as_of": "2024-06-01"})


def _write(path: Path, sql: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as con:
        con.execute(f"copy ({sql}) to '{path}' (format parquet)")
    return path.as_uri()


def _seen(shop: OnSpark, own: Sessions) -> list[tuple[Any, ...]]:
    return [(a, n, str(m), x) for a, n, m, x in shop.rows(own, "customer_orders")]


# worked by hand: ann 10.50 + 30.25, bob 20
WANTED = [("ann", 2, "40.7500", 20.375), ("bob", 1, "20.0000", 20.0)]


@pytest.mark.parametrize("rows", [TYPED, TEXTS], ids=["typed", "texts"])
def test_a_folder_of_the_server(shop: OnSpark, own: Sessions, tmp_path: Path, rows: str) -> None:
    _write(tmp_path / "lake/orders/part-0.parquet", rows)
    (tmp_path / "lake/notes.txt").write_text("not a table")
    place = (tmp_path / "lake").as_uri()
    assert shop.build(inputs_path=place).ok, shop.said
    assert _seen(shop, own) == WANTED
    sql = f"select * from {shop.prefix}staging.{_version(shop, own)} order by order_id"
    first = own.fetch(sql).to_pylist()[0]
    assert str(first["ordered_at"]) == "2024-01-05 10:00:00"
    assert (first["order_id"], first["country"]) == ("o1", "DE")
    # nothing changed there: nothing is read again; another file: all of it
    again = shop.build(inputs_path=place)
    assert {s.status for s in again.steps} == {Status.REUSED}
    more = rows.replace("'o", "'p").replace("' o", "' p")
    _write(tmp_path / "lake/orders/part-1.parquet", more)
    assert statuses(shop.build(inputs_path=place))["raw.orders"] == "ok"
    assert _seen(shop, own)[0][1] == 4


def _version(shop: OnSpark, own: Sessions) -> str:
    (name,) = (n for n in shop.tables(own, "staging") if n.startswith("stg_orders__"))
    return name


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (TEXTS.replace("'2e1'", "'20,00'"), "amount: '20,00' does not become decimal(18,4)"),
        (TEXTS.replace("'2024-01-06'", "'6.1.2024'"), "'6.1.2024' does not become timestamp"),
        (TYPED.replace("20.00", "null"), "amount: required value is missing"),
        (TYPED.replace("'o3'", "'o1'"), "several rows have the same key (order_id)"),
        (TYPED.replace("as amount", "as price"), "no column for the required 'amount'"),
    ],
)
def test_rows_that_break_the_contract(shop: OnSpark, tmp_path: Path, rows: str, said: str) -> None:
    place = _write(tmp_path / "lake/orders.parquet", rows)
    results = shop.build(input_locations={"orders": place})
    (failed,) = (s for s in results.steps if s.status is Status.FAILED)
    assert said in failed.message
    assert str(failed.at) == place
    assert results.published is not None
    assert results.published.reason


def test_what_cannot_be_read_says_so(shop: OnSpark, tmp_path: Path) -> None:
    nowhere = (tmp_path / "nowhere").as_uri()
    with pytest.raises(CommandError, match="nothing is read from a network here"):
        shop.build(target="here", input_locations={"orders": "s3://bucket/orders"})
    with pytest.raises(CommandError, match="cannot be set aside"):
        shop.build(input_locations={"orders": nowhere}, on_bad_rows="quarantine")
    with pytest.raises(PipelineError, match="the cluster cannot read it") as caught:
        shop.build(input_locations={"orders": nowhere})
    assert str(caught.value.at) == nowhere
    with pytest.raises(PipelineError, match="no file for the required table orders"):
        shop.build(inputs_path=nowhere)


def test_the_file_is_the_copy_of_another(shop: OnSpark, own: Sessions, tmp_path: Path) -> None:
    """The same rows at another time: the table is read anew, and nothing below it is."""
    place = _write(tmp_path / "lake/orders.parquet", TYPED)
    assert shop.build(input_locations={"orders": place}).ok, shop.said
    shutil.copy(tmp_path / "lake/orders.parquet", tmp_path / "lake/copy.parquet")
    other = (tmp_path / "lake/copy.parquet").as_uri()
    results = shop.build(input_locations={"orders": other})
    assert statuses(results) == {
        "raw.orders": "ok",
        "countries": "reused",
        "stg_orders": "reused",
        "customer_orders": "reused",
        "country_orders": "reused",
    }
    assert _seen(shop, own) == WANTED


def test_how_old_a_table_is_that_the_server_reads(shop: OnSpark, tmp_path: Path) -> None:
    """By hand: its newest row is of 2024-02-07 23:59:59, more than a day ago and less than a century."""
    place = _write(tmp_path / "lake/orders.parquet", TYPED)
    values: dict[str, Any] = {"input_locations": {"orders": place}, "as_of": "2024-06-01"}
    assert shop.build(**values).ok, shop.said
    path = next(p for p in (shop.root / "models").rglob("*.yml") if "- name: raw" in p.read_text())
    text = "    loaded_at_field: ordered_at\n    freshness: {warn_after: {count: 1, period: day}}\n"
    shop.edit(str(path.relative_to(shop.root)), "- name: raw\n", f"- name: raw\n{text}")
    options = Options(shop.root, environ=SALT, target="spark", vars=values)
    now = datetime(2026, 7, 1, tzinfo=UTC)
    (age,) = source_freshness(options, Choice(), now, None)
    assert (age.status, age.message) == ("warn", "")
    assert age.loaded == datetime(2024, 2, 7, 23, 59, 59, tzinfo=UTC)
