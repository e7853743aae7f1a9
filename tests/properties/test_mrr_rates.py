"""Revenue retention, logo churn and cohorts, recounted from the states of every customer."""

from __future__ import annotations

from datetime import date

from hypothesis import given

from tests.properties.compare import assert_rows
from tests.properties.harness import Get
from tests.properties.harness_mrr import build
from tests.properties.oracle_mrr import (
    Book,
    CustomerMonth,
    customer_months,
    read_book,
    waterfall,
)
from tests.properties.oracle_mrr_rates import (
    Cohort,
    Logos,
    Retention,
    cohorts,
    divide,
    logos,
    one_month,
    over_months,
    reported_over_months,
)
from tests.properties.strategies import Case
from tests.properties.strategies_mrr import businesses

POLICIES: tuple[dict[str, object], ...] = (
    {},
    {"pause_policy": "churn", "churn_denominator": "opening_plus_new"},
    {"pause_policy": "keep", "past_due_policy": "drop", "churn_denominator": "average"},
    {"reactivation_window_days": 45, "churn_recognition": "period_end"},
)
FX: tuple[dict[str, object], ...] = (
    {"fx_constant_date": "2024-02-10"},
    {"fx_policy": "spot"},
)
WINDOWS = {"1m": 1, "3m": 3, "12m": 12}


def native(book: Book) -> dict[str, list[CustomerMonth]]:
    found: dict[str, list[CustomerMonth]] = {}
    for cell in customer_months(book):
        found.setdefault(cell.currency, []).append(cell)
    return found


def rates(found: Retention | None, *, is_complete: bool) -> dict[str, object]:
    if found is None:
        return {"opening_mrr": 0, "nrr": None, "grr": None, "nrr_partial": None}
    return {
        "opening_mrr": found.base,
        "remaining_mrr": found.current,
        "retained_mrr": found.capped,
        "nrr": found.nrr if is_complete else None,
        "grr": found.grr if is_complete else None,
        "net_mrr_churn_rate": found.net_churn if is_complete else None,
        "gross_mrr_churn_rate": found.gross_churn if is_complete else None,
        "nrr_partial": found.nrr,
        "grr_partial": found.grr,
    }


def assert_retention(book: Book, get: Get) -> None:
    want: dict[tuple[object, ...], dict[str, object]] = {}
    for currency, cells in native(book).items():
        for month, line in waterfall(book, currency).items():
            for name, window in WINDOWS.items():
                found = one_month(line) if window == 1 else over_months(cells, month, window)
                shown = rates(found, is_complete=line.is_complete)
                if window == 1 and found is not None:
                    with_reactivation = found.net_churn_with_reactivation
                    shown["net_mrr_churn_rate_incl_reactivation"] = (
                        with_reactivation if line.is_complete else None
                    )
                want[month, currency, name] = shown
    rows = get("revenue_retention")
    assert_rows(
        [row for row in rows if row["segment_type"] == "all" and row["view"] == "native"],
        ["month", "currency", "retention_window"],
        want,
    )


def counted(line: Logos, denominator: str) -> dict[str, object]:
    bases = {
        "opening": divide(line.churned, line.opening),
        "opening_plus_new": divide(line.churned, line.opening + line.new),
        "average": divide(2 * line.churned, line.opening + line.closing),
    }
    rate = bases[denominator]
    return {
        "opening_customers": line.opening,
        "new_customers": line.new,
        "reactivated_customers": line.reactivated,
        "churned_customers": line.churned,
        "closing_customers": line.closing,
        "customer_churn_rate": rate if line.is_complete else None,
        "churn_rate_stripe": line.stripe_rate if line.is_complete else None,
        "net_customer_loss_rate": line.net_loss_rate if line.is_complete else None,
        "is_complete": line.is_complete,
    }


def assert_logos(book: Book, get: Get, denominator: str) -> None:
    rows = get("logo_churn")
    assert_rows(
        [row for row in rows if row["segment_type"] == "all" and row["basis"] == "subscriptions"],
        ["month"],
        {(month,): counted(line, denominator) for month, line in logos(book).items()},
    )


def cell_of(cell: Cohort) -> dict[str, object]:
    return {
        "cohort_size": cell.size,
        "active_customers": cell.active,
        "subscribed_customers": cell.subscribed,
        "first_mrr": cell.opening,
        "mrr": cell.mrr,
        "capped_mrr": cell.capped,
        "customer_retention_rate": cell.customer_retention if cell.is_complete else None,
        "net_mrr_retention": cell.net if cell.is_complete else None,
        "gross_mrr_retention": cell.gross if cell.is_complete else None,
        "customer_retention_rate_partial": cell.customer_retention,
        "net_mrr_retention_partial": cell.net,
        "gross_mrr_retention_partial": cell.gross,
        "is_complete": cell.is_complete,
    }


def assert_cohorts(book: Book, get: Get) -> None:
    rows = get("mrr_cohorts")
    want: dict[tuple[object, ...], dict[str, object]] = {
        (start, number, currency): cell_of(cell)
        for currency in native(book)
        for (start, number), cell in cohorts(book, currency).items()
    }
    native_rows = [row for row in rows if row["view"] == "native"]
    assert_rows(native_rows, ["cohort_month", "period_number", "currency"], want)


@given(businesses(POLICIES))
def test_retention_logos_and_cohorts(case: Case) -> None:
    book = read_book(case.rows, case.variables)
    get = build(case.rows, case.variables, ("revenue_retention", "logo_churn", "mrr_cohorts"))
    assert_retention(book, get)
    assert_logos(book, get, str(case.variables.get("churn_denominator", "opening")))
    assert_cohorts(book, get)


@given(businesses(FX))
def test_revenue_retention_in_the_reporting_currency(case: Case) -> None:
    """At one rate then and now; amounts are rounded each on its own."""
    book = read_book(case.rows, case.variables)
    by_currency = native(book)
    for row in build(case.rows, case.variables)("revenue_retention"):
        if row["segment_type"] != "all" or row["view"] != "reporting":
            continue
        month, window = row["month"], str(row["retention_window"])
        assert isinstance(month, date)
        want = reported_over_months(book, by_currency, month, WINDOWS[window])
        for column, value in (("nrr_partial", want.nrr), ("grr_partial", want.grr)):
            got = row[column]
            if got is None or value is None:
                assert got is value, (month, window, column)
            else:
                assert abs(float(str(got)) - float(value)) < 1e-5, (
                    month,
                    window,
                    column,
                    got,
                    value,
                )
