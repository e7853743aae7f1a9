"""What happens from as_of on, and the order of the rows, change nothing."""

from __future__ import annotations

from datetime import datetime

from hypothesis import given, settings

from tests.properties.harness import build
from tests.properties.oracle_calendar import moment, to_utc
from tests.properties.strategies import Case, Rows, shops

FEWER = settings(max_examples=max(settings().max_examples // 3, 1))  # each builds every mart twice
MARTS = (
    "cohort_retention",
    "cohort_retention_bracket",
    "cohort_revenue",
    "customer_lifecycle",
    "dim_customers",
    "fct_orders",
    "interpurchase_time",
    "new_vs_returning",
    "repeat_purchase_ladder",
    "rfm_segments",
)
LONG_AGO = datetime.fromisoformat("1900-01-01")
HAPPENED_AT = {
    "customers": "created_at",
    "customer_identities": "first_seen_at",
    "orders": "ordered_at",
    "refunds": "refunded_at",
}


def tables(rows: Rows, variables: dict[str, object]) -> dict[str, list[str]]:
    """Every mart as sorted text."""
    get = build(rows, variables, MARTS)
    return {mart: sorted(str(row) for row in get(mart)) for mart in MARTS}


def until(rows: Rows, cut: datetime) -> Rows:
    """Only what happened before the cut-off."""
    found = dict(rows)
    for table, column in HAPPENED_AT.items():
        found[table] = [row for row in rows[table] if (moment(row[column]) or LONG_AGO) < cut]
    return found


@FEWER
@given(shops())
def test_later_facts_change_no_mart(case: Case) -> None:
    as_of = moment(case.variables["as_of"])
    assert as_of is not None
    cut = to_utc(as_of, str(case.variables["reporting_timezone"]))
    for order in case.rows["orders"] if case.rows["refunds"] else ():
        order["refunded_amount"] = None  # a sum that knows the future
        order["status"] = str(order["status"]).replace("partially_refunded", "refunded")
        order["status"] = str(order["status"]).replace("refunded", "paid")
    assert tables(case.rows, case.variables) == tables(until(case.rows, cut), case.variables)


@FEWER
@given(shops())
def test_row_order_changes_no_mart(case: Case) -> None:
    turned = {table: rows[::-1] for table, rows in case.rows.items()}
    assert tables(case.rows, case.variables) == tables(turned, case.variables)
