"""What the benchmark suite says of a figure, and the data it makes. Nothing here looks at a clock."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from benchmarks.clock import ROOT, Cost, bare
from benchmarks.figures import Figure, exponent, ratio
from benchmarks.generate import END, Size, generate
from benchmarks.incremental import differences
from benchmarks.orders import readers
from benchmarks.recording import between, table

ROWS = 2_000
TABLES = ("customers", "orders", "order_lines", "products", "refunds")


def read(folder: Path, table: str) -> list[tuple[object, ...]]:
    return duckdb.execute(f"from '{folder}/{table}/*.parquet' order by all").fetchall()


def test_a_limit_is_kept_up_to_its_very_value() -> None:
    assert Figure("x", 1.5, limit=1.5).verdict == "pass"
    assert Figure("x", 1.5001, limit=1.5).verdict == "FAIL"
    assert Figure("x", 99.0).verdict == ""
    assert Figure("x", limit=1.0).verdict == ""


def test_a_ratio_is_one_of_cpu_seconds() -> None:
    figure = ratio("ours / theirs", Cost(wall=9.0, cpu=3.0), Cost(wall=1.0, cpu=2.0), limit=1.4)
    assert (figure.figure, figure.verdict) == (1.5, "FAIL")
    assert "| 1.50 x | 1.4 | **FAIL** | 3.00 | 9.00 |" in table([figure])


def test_one_table_is_made_from_order_lines() -> None:
    """The most rows that a shop has are read once; everything else reads what they add up to."""
    assert readers(ROOT / "seeds" / "sample", ROOT) == 1


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_the_exponent_of_a_power_is_the_power(power: float) -> None:
    sizes = [1e6, 1e7, 1e8]
    assert exponent(sizes, [3 * size**power for size in sizes]) == pytest.approx(power)


def test_a_table_of_the_readme_is_replaced_between_its_marks() -> None:
    page = between("# Title\n", "orders", "The orders", "one")
    assert page.count("### The orders") == 1
    again = between(page + "after\n", "orders", "The orders", "two")
    assert "one" not in again
    assert again.endswith("<!-- end: orders -->\nafter\n")


def test_the_same_seed_makes_the_same_shop_and_another_seed_another(tmp_path: Path) -> None:
    one, two, other = (
        generate(Size("orders", ROWS, seed), tmp_path / name)
        for name, seed in (("one", 7), ("two", 7), ("other", 8))
    )
    for name in TABLES:
        assert read(one, name) == read(two, name)
    assert read(one, "orders") != read(other, "orders")
    # 2.5 lines an order: 2,000 lines come from 800 orders
    assert len(read(one, "orders")) == 800


def test_two_parts_are_the_whole(tmp_path: Path) -> None:
    day = date(2024, 3, 1)
    whole = generate(Size("orders", ROWS), tmp_path / "whole")
    parts = generate(Size("orders", ROWS), tmp_path / "parts", until=day)
    before = len(read(parts, "orders"))
    generate(Size("orders", ROWS), parts, "part-1", since=day)
    assert 0 < before < len(read(parts, "orders"))
    for name in TABLES:
        assert read(parts, name) == read(whole, name)


def test_an_order_is_worth_its_lines(tmp_path: Path) -> None:
    folder = generate(Size("orders", ROWS), tmp_path)
    wrong = duckdb.execute(
        f"""
        select order_id, subtotal_amount, sum(quantity * unit_price - l.discount_amount) as lines
        from '{folder}/orders/*.parquet' inner join '{folder}/order_lines/*.parquet' as l using (order_id)
        group by all having subtotal_amount <> lines
        """
    ).fetchall()
    assert wrong == []


def test_states_of_an_account_follow_each_other(tmp_path: Path) -> None:
    folder = generate(Size("subscriptions", 500), tmp_path)
    wrong = duckdb.execute(
        f"""
        select * from (
            select *, lead(valid_from) over (partition by customer_id order by valid_from) as next_from
            from '{folder}/subscriptions/*.parquet'
        )
        where valid_to <= valid_from or (next_from is not null and valid_to is distinct from next_from)
        """
    ).fetchall()
    assert wrong == []


def test_events_come_in_the_order_of_time_and_end_before_the_end(tmp_path: Path) -> None:
    folder = generate(Size("events", ROWS), tmp_path)
    found = duckdb.execute(
        f"select count(*), count(distinct event_id), max(occurred_at) from '{folder}/events/*.parquet'"
    ).fetchone()
    assert found is not None
    assert found[:2] == (ROWS, ROWS)
    assert found[2].date() < END


def test_tables_that_differ_are_named(tmp_path: Path) -> None:
    for name, amount in (("one", 1), ("other", 2)):
        with duckdb.connect(str(tmp_path / f"{name}.db")) as connection:
            connection.execute("create schema marts")
            connection.execute("create table marts.same as select 1 as a union all select 2")
            connection.execute(f"create table marts.changed as select {amount} as a")
            if name == "one":
                connection.execute("create table marts.lost as select 1 as a")
    found = differences(tmp_path / "one.db", tmp_path / "other.db")
    assert sorted(found) == ["marts.changed", "marts.lost"]


def test_a_script_begins_without_what_another_part_left(tmp_path: Path) -> None:
    statements = [("t", "model", "create table t as select 1 as x")]
    costs = [bare(tmp_path / "bare.duckdb", statements)[1] for _ in range(2)]
    assert [list(cost) for cost in costs] == [["model t"], ["model t"]]
