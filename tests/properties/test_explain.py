"""The rows that `explain` names are enough: a shop without other customers comes to the same cell.

And they are needed: without any of them a count is not what it was. What only decides where a row
stands (that an order is somebody's second) is not named, so every order of the customers stays.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention_pipeline.compiled import Compiled
from retention_pipeline.explaining import Explainer
from retention_pipeline.quoting import quote
from tests.properties.harness import Get, build, compiled, engine
from tests.properties.strategies import Case, Rows, shops

# columns that add, count, choose or divide, over one grain change and over several
CELLS = {
    "fct_orders": ("net_revenue", "order_number", "prior_order_date"),
    "dim_customers": ("orders", "net_revenue", "first_order_date"),
    "cohort_retention": ("cohort_size", "retained_n_period", "rolling_retention_rate_partial"),
    "cohort_revenue": ("orders", "cumulative_net_revenue", "cumulative_ltv"),
    "new_vs_returning": ("new_customers", "net_revenue", "retained_customers"),
    "repeat_purchase_ladder": ("customers_reached", "next_within_window"),
    "interpurchase_time": ("gaps", "median_days"),
}
KEYS = {"orders": "order_id", "order_lines": "order_line_id", "refunds": "refund_id"}
KEY = {
    "fct_orders": ("order_id",),
    "dim_customers": ("customer_id",),
    "cohort_retention": (
        *("entity", "cohort_grain", "cohort_start"),
        *("dimension", "value", "period_number"),
    ),
    "cohort_revenue": ("cohort_month", "period_number"),
    "new_vs_returning": ("period_grain", "period_start"),
    "repeat_purchase_ladder": ("order_number", "window_days", "segment_type", "segment"),
    "interpurchase_time": ("segment_type", "segment", "order_number"),
}
# without their orders the next ones of the same customers take the place of numbered ones
COUNTS = ("orders", "cohort_size", "retained_n_period", "new_customers")


def cell_of(get: Get, mart: str, key: Mapping[str, object], column: str) -> object:
    """The value in the row of that key; None without such a row."""
    rows = [row for row in get(mart) if all(row[name] == value for name, value in key.items())]
    assert len(rows) < 2
    return rows[0][column] if rows else None


def named(uid: str) -> str:
    return quote(f"rows__{uid.split('.', 2)[-1]}")


@given(case=shops(), data=st.data())
def test_the_rows_are_enough_and_needed(case: Case, data: st.DataObject) -> None:
    get = build(case.rows, case.variables)
    mart = data.draw(st.sampled_from(sorted(CELLS)))
    rows = get(mart)
    column = data.draw(st.sampled_from(CELLS[mart]))
    there = [row for row in rows if row[column] is not None]
    if not there:
        return
    done = compiled_of(case, mart)
    uid = next(uid for uid in done.models if uid.endswith(f".{mart}"))
    row = data.draw(st.sampled_from(there))
    key = {name: row[name] for name in KEY[mart]}
    where = " and ".join(f"{quote(n)} is not distinct from '{v}'" for n, v in key.items())
    explainer = Explainer(done, engine())
    try:
        found = explainer.explain(uid, column, where)
        assert not found.unproven
        listed = {
            table: {
                value
                for behind in found.behind.values()
                if behind.name == f"raw.{table}"
                for (value,) in engine().query(f"select {name} from {behind.table}")
            }
            for table, name in KEYS.items()
        }
    finally:
        explainer.forget()

    again = cell_of(build(of_the_same_people(case, listed), case.variables), mart, key, column)
    assert again == pytest.approx(row[column]) or (not again and not row[column])
    if column in COUNTS and row[column]:
        others = dict(case.rows) | {
            table: [r for r in case.rows[table] if r[name] not in listed[table]]
            for table, name in KEYS.items()
        }
        assert cell_of(build(others, case.variables), mart, key, column) != row[column]


def of_the_same_people(case: Case, listed: Mapping[str, set[object]]) -> Rows:
    """The rows that are listed, and every other order of who placed one of them, however known."""
    orders = dict(
        engine().query("select order_id, buyer_id from intermediate.int_orders_classified")
    )
    people = {orders[order] for order in listed["orders"] if order in orders}
    kept = {order for order, buyer in orders.items() if buyer in people} | listed["orders"]
    return dict(case.rows) | {
        table: [r for r in case.rows[table] if r["order_id"] in kept] for table in KEYS
    }


def compiled_of(case: Case, mart: str) -> Compiled:
    given = json.dumps(dict(case.variables), sort_keys=True, default=str)
    return compiled(given, (mart,))
