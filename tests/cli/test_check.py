"""`pipeline check`: what is wrong, at its file and line, before anything runs; and no false alarm."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from retention_pipeline.api import Options
from retention_pipeline.checking import check_all
from tests.conftest import CHECKOUT, Shop
from tests.dbt.projects import copied, parameters

ORDERS = '{{ ref("stg_orders") }}'
ODD = [
    (
        "free",
        f"with\n  a as (select 1 as x),\n  b as (select * from {ORDERS})\nselect * from b",
        "2: the CTE 'a' is not used",
    ),
    (
        "marts",
        'select\n  *\nfrom {{ source("raw", "orders") }}',
        "3: select * from the source raw.raw_orders: name the columns",
    ),
    (
        "free",
        f"select a.order_id\nfrom {ORDERS} as a\njoin {ORDERS} as b\n  on a.order_id = b.amount",
        "4: joined on order_id, text, and amount, a number",
    ),
    (
        "free",
        f"select customer_id as who from {ORDERS}\nunion all\nselect order_date from {ORDERS}",
        "1: a union makes one column of who, text, and a date or time",
    ),
]


@pytest.mark.parametrize(
    ("sql", "line", "words"),
    [
        (f"select\n  orders,\n  custmer_id\nfrom {ORDERS}", 2, "orders"),
        (f"select\n  order_id,\n  custmer_id\nfrom {ORDERS}", 3, "custmer_id"),
        (f"select\n  nope(order_id) as x\nfrom {ORDERS}", 2, "nope"),
        (f"select\n  a.country,\n  order_id\nfrom {ORDERS} as a\njoin {ORDERS} as b using (country)", 3, "mbiguous"),
        ("select 1 as x\nfrom raw.raw_orders", 2, "RP205 the table raw.raw_orders is named directly"),
        (f"select order_id,\n  now() as seen\nfrom {ORDERS}", 2, "RP209 now asks a clock"),
        (f"select\n  order_date + amount as x\nfrom {ORDERS}", 2, "RP206"),
        (f"select\n  order_id\nfrom {ORDERS}\nunion all\nselect 1, 2", None, "same number of"),
    ],
)  # fmt: skip
def test_an_error_has_its_line(shop: Shop, sql: str, line: int | None, words: str) -> None:
    shop.model("wrong", sql)
    done = shop.run("check")
    assert done.code == 2
    assert words in done.err
    place = f"models/free/wrong.sql:{line}: " if line else "models/free/wrong.sql"
    assert place in done.err
    assert not shop.working.exists()


def test_a_broken_contract_is_an_error(shop: Shop) -> None:
    shop.edit("models/marts/country_orders.yml", "data_type: bigint", "data_type: varchar")
    done = shop.run("check")
    assert (done.code, "orders is bigint in the SQL and varchar in the .yml" in done.err) == (
        2,
        True,
    )


@pytest.mark.parametrize(("folder", "sql", "words"), ODD)
def test_a_warning_has_its_line(shop: Shop, folder: str, sql: str, words: str) -> None:
    shop.model("odd", sql, folder=folder)
    done = shop.run("check")
    assert done.code == 0
    assert f"warning  models/{folder}/odd.sql:{words}" in done.out.splitlines()
    assert done.out.endswith("no errors, 1 warning\n")


@pytest.mark.parametrize(
    "sql",
    [
        f"with a as (select * from {ORDERS}), b as (select * from a) select * from b",
        f"with a as (select * from {ORDERS}) select * from {ORDERS} where order_id in (select order_id from A)",
        "with recursive a as (select 1 as x union all select x + 1 from a where x < 3) select x from a",
        f"{{% set wide = false %}}with a as (select * from {ORDERS}) select 1 as x {{% if wide %}}from a{{% endif %}}",
        f"with a as (select 1 as x), {{{{ 'a' }}}}_more as (select 2 as y) select y, a.x from a_more, a, {ORDERS}",
        f"select a.order_id from {ORDERS} as a join {ORDERS} as b on a.order_date = b.ordered_at",
        f"select a.order_id from {ORDERS} as a join {ORDERS} as b on a.order_id = cast(b.amount as varchar)",
        f"select order_id, null as x from {ORDERS} union all select order_id, amount from {ORDERS}",
        f"select unnest([1]) as x from {ORDERS} union all select 2",
        f"pivot (select country, amount from {ORDERS}) on country using sum(amount)",
    ],
)
def test_what_is_right_is_left_alone(shop: Shop, sql: str) -> None:
    shop.model("right", sql)
    done = shop.run("check")
    assert done.out.endswith("no errors, no warnings\n"), done.text


@pytest.mark.parametrize("name", parameters())
def test_no_false_alarm_on_the_small_projects(name: str, tmp_path: Path) -> None:
    root = copied(name, tmp_path)
    with contextlib.chdir(root):
        _, warnings = check_all(Options(project_dir=root, environ={}))
    assert warnings == []


@pytest.mark.slow
def test_no_false_alarm_on_our_own_project() -> None:
    _, warnings = check_all(Options(project_dir=CHECKOUT, environ={}))
    assert warnings == []
