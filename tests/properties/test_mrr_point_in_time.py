"""What happens from as_of on, and the order of the rows, change no number of the revenue marts."""

from __future__ import annotations

from datetime import datetime

from hypothesis import given

from tests.properties.harness_mrr import build
from tests.properties.oracle_calendar import moment, to_utc
from tests.properties.strategies import Case, Rows
from tests.properties.strategies_mrr import businesses

MARTS = (
    "fct_mrr_customer_month",
    "fct_mrr_movements",
    "logo_churn",
    "mrr_cohorts",
    "mrr_waterfall",
    "revenue_retention",
)
LATER = {"valid_to": None, "cancel_requested_at": None, "ended_at": None}


def tables(rows: Rows, variables: dict[str, object]) -> dict[str, list[str]]:
    """Every mart as sorted text."""
    get = build(rows, variables, MARTS)
    return {mart: sorted(str(row) for row in get(mart)) for mart in MARTS}


def is_before(value: object, cut: datetime) -> bool:
    at = moment(value)
    return at is not None and at < cut


def known(row: dict[str, object], cut: datetime) -> dict[str, object]:
    """The row as it stood just before the cut-off."""
    found = dict(row)
    for column in LATER:
        if not is_before(row.get(column), cut):
            found[column] = None
    if found["valid_to"] is None:
        found["end_type"] = None
    return found


def until(rows: Rows, cut: datetime) -> Rows:
    subscriptions = [
        known(row, cut) for row in rows["subscriptions"] if is_before(row["valid_from"], cut)
    ]
    return {**rows, "subscriptions": subscriptions}


@given(businesses())
def test_later_facts_change_no_mart(case: Case) -> None:
    as_of = moment(case.variables["as_of"])
    assert as_of is not None
    cut = to_utc(as_of, str(case.variables["reporting_timezone"]))
    assert tables(case.rows, case.variables) == tables(until(case.rows, cut), case.variables)


@given(businesses())
def test_row_order_changes_no_mart(case: Case) -> None:
    turned = {table: rows[::-1] for table, rows in case.rows.items()}
    assert tables(case.rows, case.variables) == tables(turned, case.variables)
