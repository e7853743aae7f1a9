"""A log of events gives the MRR of the intervals that it tells."""

from __future__ import annotations

from hypothesis import given

from tests.properties.compare import assert_rows
from tests.properties.harness_mrr import build
from tests.properties.oracle_mrr import customer_months, read_book
from tests.properties.oracle_subscription_events import fold
from tests.properties.strategies import Case
from tests.properties.strategies_subscription_events import event_logs


@given(event_logs())
def test_events_fold_into_intervals(case: Case) -> None:
    rows = {"subscriptions": fold(case.rows["subscription_events"])}
    assert_rows(
        build(case.rows, case.variables)("fct_mrr_customer_month"),
        ["customer_id", "currency", "month"],
        {
            (cell.customer, cell.currency, cell.month): {
                "mrr": cell.state.mrr,
                "is_sub": cell.state.is_sub,
                "movement_type": cell.movement,
            }
            for cell in customer_months(read_book(rows, case.variables))
        },
    )
