"""What each month's cohort brought, month by month."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from hypothesis import given

from tests.properties.compare import assert_rows
from tests.properties.harness import build
from tests.properties.oracle_cohorts import cohort_revenue
from tests.properties.oracle_orders import read_shop
from tests.properties.strategies import Case, shops
from tests.properties.test_cohort_retention import COHORT_POLICIES


def money(value: Fraction) -> Decimal:
    """To the four decimals that amounts are kept in."""
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(Decimal("0.0001"), ROUND_HALF_UP)


@given(shops(**COHORT_POLICIES))
def test_revenue_of_cohorts(case: Case) -> None:
    shop = read_shop(case.rows, case.variables)
    assert_rows(
        build(case.rows, case.variables)("cohort_revenue"),
        ["cohort_month", "period_number"],
        {
            key: {
                "cohort_size": cell.size,
                "orders": cell.orders,
                "net_revenue": cell.net,
                "cumulative_net_revenue": cell.cumulative_net,
                "cumulative_ltv": money(cell.cumulative_ltv),
            }
            for key, cell in cohort_revenue(shop).items()
        },
    )
