"""Cohort retention by month, week and day, on the calendar and on the elapsed clock."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.properties.compare import assert_rows
from tests.properties.harness import build
from tests.properties.oracle_cohorts import cohort_brackets, cohort_retention
from tests.properties.oracle_orders import read_shop
from tests.properties.strategies import Case, shops

CLOCKS = st.sampled_from(("calendar", "elapsed"))


@pytest.mark.parametrize("grain", ["month", "week", "day"])
@given(case=shops(retention_clock=CLOCKS))
def test_retention(grain: str, case: Case) -> None:
    shop = read_shop(case.rows, case.variables)
    rows = build(case.rows, case.variables)("cohort_retention")
    assert_rows(
        [row for row in rows if row["cohort_grain"] == grain and row["dimension"] == "all"],
        ["cohort_start", "period_number"],
        {
            key: {
                "cohort_size": cell.size,
                "eligible_size": cell.eligible,
                "retained_n_period": cell.retained,
                "retained_rolling": cell.rolling,
                "retained_n_period_eligible": cell.retained_eligible,
                "retained_rolling_eligible": cell.rolling_eligible,
                "is_complete": cell.is_complete,
                "retention_rate": cell.rate,
                "rolling_retention_rate": cell.rolling_rate,
                "is_low_n": cell.size < shop.policies.min_cell_size,
            }
            for key, cell in cohort_retention(shop, grain).items()
        },
    )


@pytest.mark.parametrize("grain", ["month", "day"])
@given(case=shops(retention_clock=CLOCKS))
def test_bracket_retention(grain: str, case: Case) -> None:
    shop = read_shop(case.rows, case.variables)
    rows = build(case.rows, case.variables)("cohort_retention_bracket")
    assert_rows(
        [row for row in rows if row["cohort_grain"] == grain],
        ["cohort_start", "period_from", "period_to"],
        {
            key: {
                "cohort_size": cell.size,
                "eligible_size": cell.eligible,
                "retained": cell.retained,
                "retained_eligible": cell.retained_eligible,
                "is_complete": cell.is_complete,
                "retention_rate": cell.rate,
            }
            for key, cell in cohort_brackets(shop, grain).items()
        },
    )
