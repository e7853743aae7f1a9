"""What every customer pays at every month end, and what the change is called."""

from __future__ import annotations

from datetime import date, datetime

from hypothesis import event, given

from tests.properties.compare import assert_rows
from tests.properties.harness_mrr import build
from tests.properties.oracle_mrr import (
    Book,
    CustomerMonth,
    customer_months,
    end_types,
    read_book,
    reason,
)
from tests.properties.oracle_mrr_rates import months_back
from tests.properties.strategies import Case
from tests.properties.strategies_mrr import businesses

BUNDLES: tuple[dict[str, object], ...] = (
    {},
    {"past_due_policy": "drop", "pause_policy": "churn", "free_plan_policy": "churn"},
    {"past_due_policy": "keep_n_days", "past_due_keep_days": 14, "pause_policy": "keep"},
    {"past_due_policy": "keep_n_days", "past_due_keep_days": 0, "free_plan_policy": "churn"},
    {"mrr_discount_policy": "forever_only", "include_metered": True},
    {"mrr_discount_policy": "none", "pause_policy": "churn"},
    {"churn_recognition": "cancel_requested_at"},
    {"churn_recognition": "cancel_requested_at", "reactivation_window_days": 0},
    {"reactivation_window_days": 45},
    {"churn_recognition": "period_end"},
    {"churn_recognition": "period_end", "past_due_policy": "keep_n_days", "pause_policy": "churn"},
    {"refund_affects_mrr": True},
)
REASONS: tuple[dict[str, object], ...] = (
    {},
    {"past_due_policy": "drop", "pause_policy": "churn"},
    {"pause_policy": "keep"},
)


def shown(cell: CustomerMonth) -> dict[str, object]:
    return {
        "mrr": cell.state.mrr,
        "is_sub": cell.state.is_sub,
        "prior_mrr": cell.prior.mrr,
        "prior_is_sub": cell.prior.is_sub,
        "ever_sub_before": cell.ever_sub_before,
        "movement_type": cell.movement,
        "movement_amount": cell.change,
        "is_complete": cell.is_complete,
        "plan_id": cell.plan,
    }


@given(businesses(BUNDLES))
def test_every_month_of_every_customer(case: Case) -> None:
    assert_rows(
        build(case.rows, case.variables)("fct_mrr_customer_month"),
        ["customer_id", "currency", "month"],
        {
            (cell.customer, cell.currency, cell.month): shown(cell)
            for cell in customer_months(read_book(case.rows, case.variables))
        },
    )


def openings(book: Book) -> dict[tuple[str, str, date], datetime]:
    """When the month before each customer month had closed; nothing is before the first one."""
    return {
        (cell.customer, cell.currency, cell.month): book.close(months_back(cell.month, 1))
        for cell in customer_months(book)
    }


@given(businesses(REASONS))
def test_why_revenue_moved(case: Case) -> None:
    """Where one item changed once in the month, and in one way."""
    book = read_book(case.rows, case.variables)
    rows = build(case.rows, case.variables)("fct_mrr_customer_month")
    got = {(row["customer_id"], row["currency"], row["month"]): row for row in rows}
    opened = openings(book)
    for cell in customer_months(book):
        key = (cell.customer, cell.currency, cell.month)
        is_sure, want = reason(book, cell, opened[key])
        if is_sure:
            event(f"{cell.movement}: {want}")
            assert got[key]["movement_reason"] == want, (key, cell.movement)
        assert (cell.movement is not None) or got[key]["movement_reason"] is None


@given(businesses())
def test_why_a_customer_left(case: Case) -> None:
    """Where the items that ended last agree and say so."""
    book = read_book(case.rows, case.variables)
    rows = build(case.rows, case.variables)("fct_mrr_customer_month")
    got = {(row["customer_id"], row["currency"], row["month"]): row["end_type"] for row in rows}
    for cell in customer_months(book):
        key = (cell.customer, cell.currency, cell.month)
        if cell.movement != "churn":
            assert got[key] is None
            continue
        reasons = end_types(book.spans[cell.customer, cell.currency], book.close(cell.month))
        if len(reasons) == 1 and reasons < {"voluntary", "involuntary"}:
            assert {got[key]} == reasons, key
