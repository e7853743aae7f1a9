"""Large tables are not copied: DuckDB keeps a CTE that is read twice whole, in memory or on disk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from sqlglot import exp, parse_one

from tests.sample import compiled

# What has a row for each order, line, customer and month, or more.
LARGE = {
    "int_order_lines",
    "int_order_amounts",
    "int_orders_classified",
    "int_orders_valid",
    "int_orders_sequenced",
    "int_order_gaps",
    "int_order_products",
    "int_order_cohort_periods",
    "int_product_baskets",
    "int_product_buyers",
    "int_customer_rfm",
    "int_customer_rfm_changes",
    "int_customer_rfm_values",
    "fct_orders",
}

# They add up some columns of whole tables in many ways, and are no part of what large shops build every day.
MAY = {
    "int_order_logo_movements",
    "int_reconciliation_customers",
    "int_reconciliation_orders",
    "metric_reconciliation_orders",
}


def read_twice(sql: str) -> Iterator[str]:
    """CTEs that only pass on the rows of a large table, and are read more than once."""
    tree = parse_one(sql, dialect="duckdb")
    tables = Counter(table.name for table in tree.find_all(exp.Table))
    for cte in tree.find_all(exp.CTE):
        query = cte.this
        if not isinstance(query, exp.Select) or tables[cte.alias] < 2:
            continue
        shrinks = query.find(exp.Group, exp.Distinct, exp.AggFunc, exp.Limit)
        source = query.args.get("from_") or query.args.get("from")
        if not shrinks and source is not None and source.this.name in LARGE:
            yield cte.alias


def test_what_is_read_twice_is_found() -> None:
    import_ = "with orders as (select * from marts.fct_orders), "
    once = "a as (select * from orders) select * from a join marts.fct_orders as b using (order_id)"
    twice = "a as (select * from orders) select * from a join orders using (order_id)"
    assert list(read_twice(import_ + once)) == []
    assert list(read_twice(import_ + twice)) == ["orders"]


@pytest.mark.parametrize("kind", ["models", "tests"])
def test_no_large_table_is_kept_for_a_second_reader(kind: str) -> None:
    texts = (
        {model.model.name: model.sql for model in compiled().models.values()}
        if kind == "models"
        else {uid: test.sql for uid, test in compiled().tests.items()}
    )
    names = {model.model.name for model in compiled().models.values()}
    assert names >= LARGE
    found = {
        name: again
        for name, sql in texts.items()
        if name not in MAY
        and any(f'"{table}"' in sql for table in LARGE)
        and (again := list(read_twice(sql)))
    }
    assert found == {}
