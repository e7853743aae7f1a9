"""Cohort retention by month, week and day, on the calendar and on the elapsed clock."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.properties.compare import assert_rows
from tests.properties.harness import build
from tests.properties.oracle_cohorts import cohort_brackets, cohort_retention
from tests.properties.oracle_orders import read_shop
from tests.properties.strategies import Case, shops

COHORT_POLICIES = {
    "retention_clock": st.sampled_from(("calendar", "elapsed")),
    "cohort_anchor": st.sampled_from(("first_order", "first_order", "signup")),
    "min_cell_size": st.just(2),  # small shops reach it
}


@given(shops(**COHORT_POLICIES))
def test_retention_in_every_grain(case: Case) -> None:
    shop = read_shop(case.rows, case.variables)
    rows = build(case.rows, case.variables)("cohort_retention")
    assert_rows(
        [row for row in rows if row["dimension"] == "all"],
        ["cohort_grain", "cohort_start", "period_number"],
        {
            (grain, *key): {
                "cohort_size": cell.size,
                "eligible_size": cell.eligible,
                "retained_n_period": cell.retained,
                "retained_rolling": cell.rolling,
                "retained_n_period_eligible": cell.retained_eligible,
                "retained_rolling_eligible": cell.rolling_eligible,
                "is_complete": cell.is_complete,
                "retention_rate": cell.rate,
                "rolling_retention_rate": cell.rolling_rate,
                "is_low_n": cell.eligible < shop.policies.min_cell_size,
            }
            for grain in ("month", "week", "day")
            for key, cell in cohort_retention(shop, grain).items()
        },
    )


@given(shops(**COHORT_POLICIES))
def test_retention_in_brackets(case: Case) -> None:
    shop = read_shop(case.rows, case.variables)
    assert_rows(
        build(case.rows, case.variables)("cohort_retention_bracket"),
        ["cohort_grain", "cohort_start", "period_from", "period_to"],
        {
            (grain, *key): {
                "cohort_size": cell.size,
                "eligible_size": cell.eligible,
                "retained": cell.retained,
                "retained_eligible": cell.retained_eligible,
                "is_complete": cell.is_complete,
                "retention_rate": cell.rate,
            }
            for grain in ("month", "day")
            for key, cell in cohort_brackets(shop, grain).items()
        },
    )
