"""`pipeline explain` on the mini project: what is behind a cell, worked out by hand, and its errors.

Orders of the shop: ann o1 10.50 and o3 30.25, bob o2 20.00, nobody o4 5.00.
"""

from __future__ import annotations

import json
from typing import Any

import duckdb
import pytest

from tests.conftest import Shop


def explained(shop: Shop, *argv: str) -> dict[str, Any]:
    done = shop.run("explain", *argv, "--output", "json")
    assert done.code == 0, done.err
    found: dict[str, Any] = json.loads(done.out)
    return found


def test_the_orders_of_one_customer(built: Shop) -> None:
    found = explained(built, "customer_orders.orders", "--key", "customer_id=ann")
    assert (found["value"], found["published"], found["is_proven"]) == (2, 2, True)
    assert [row["order_id"] for row in found["raw"]["raw.orders"]["rows"]] == ["o1", "o3"]
    assert found["people"]["rows"] == [{"customer_id": "ann"}]


def test_a_total_of_all_customers_and_an_extreme(built: Shop) -> None:
    """days: 20.00 is the most that one order brought; 2024-01 had o1 and o2."""
    built.model(
        "months",
        "with o as (select * from {{ ref('stg_orders') }}),\n"
        "m as (select date_trunc('month', order_date) as month, sum(amount) as total,\n"
        "  max(amount) as largest, count(distinct country) as countries from o group by 1)\n"
        "select cast(month as date) as month, total, largest, countries from m",
    )
    built.write("models/free/months.yml", MONTHS)
    assert built.run("build").code == 0
    january = ("--key", "month=2024-01-01")
    for column, value, orders in (
        ("total", "30.5000", ["o1", "o2"]),
        ("largest", "20.0000", ["o2"]),
        ("countries", 2, ["o1", "o2"]),
    ):
        found = explained(built, f"months.{column}", *january)
        assert (found["value"], found["is_proven"]) == (value, True)
        assert [r["order_id"] for r in found["raw"]["raw.orders"]["rows"]] == orders
        assert found["people"]["count"] == len(orders)


MONTHS = """\
models:
  - name: months
    config: {contract: {enforced: false}, schema: marts}
    columns: [{name: month}, {name: total}, {name: largest}, {name: countries}]
    data_tests: [{primary_key: {arguments: {columns: [month]}}}]
"""


def test_the_script_can_be_run_and_gives_the_same_rows(built: Shop) -> None:
    done = built.run("explain", "customer_orders.orders", "-k", "customer_id=ann", "--sql")
    assert done.code == 0
    with duckdb.connect(str(built.working), read_only=True) as database:
        database.execute(done.out)
        rows = database.execute('select order_id from "rows__raw.orders" order by 1').fetchall()
    assert rows == [("o1",), ("o3",)]


def test_the_text_says_it_all(built: Shop) -> None:
    text = built.run("explain", "customer_orders.orders", "-k", "customer_id=ann").out
    assert text.startswith("customer_orders.orders = 2\n  customer_id = ann\n")
    for words in ("raw.orders: 2 rows", "1 customer\n  ann", "proven: "):
        assert words in text


def test_what_is_built_but_not_published_is_said(built: Shop) -> None:
    built.edit("seeds/raw_orders.csv", "o4,,", "o4,ann,")
    assert built.run("build", "--no-publish").code == 0
    done = built.run("explain", "customer_orders.orders", "-k", "customer_id=ann")
    assert "customer_orders.orders = 3" in done.out
    assert "published: 2;" in done.out


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["customer_order.orders"], "'customer_order' is no mart"),
        (["stg_orders.amount"], "'stg_orders' is a model but no mart"),
        (["customer_orders"], "'customer_orders' names no column"),
        (["customer_orders.order"], "customer_orders has no column 'order'"),
        (["customer_orders.orders", "-k", "custmer_id=ann"], "--key custmer_id:"),
        (["customer_orders.orders", "-k", "customer_id"], "is not COLUMN=VALUE"),
        (["customer_orders.orders", "-k", "customer_id=a", "-k", "customer_id=b"], "given twice"),
        (["customer_orders.orders", "-k", "customer_id=eve"], "has customer_id=eve"),
        (["customer_orders.orders", "-k", "orders=many"], "--key: "),
        (["customer_orders.orders"], "2 rows of customer_orders have this key"),
        (["customer_orders.orders", "--output", "xml"], "--output 'xml' is unknown"),
    ],
)
def test_errors_say_what_there_is(built: Shop, argv: list[str], said: str) -> None:
    done = built.run("explain", *argv)
    assert done.code == 2, done.out
    assert said in done.err
    assert "\n  fix: " in done.err


def test_nothing_built(shop: Shop) -> None:
    done = shop.run("explain", "customer_orders.orders", "-k", "customer_id=ann")
    assert (done.code, "nothing is built yet" in done.err) == (2, True)
