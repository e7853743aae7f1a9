"""New and returning customers and both splits of revenue, in every grain."""

from __future__ import annotations

from hypothesis import given

from tests.properties.compare import assert_rows
from tests.properties.harness import build
from tests.properties.oracle_orders import read_shop
from tests.properties.oracle_repeat import new_vs_returning
from tests.properties.strategies import Case, shops


@given(shops())
def test_new_and_returning_in_every_grain(case: Case) -> None:
    shop = read_shop(case.rows, case.variables)
    assert_rows(
        build(case.rows, case.variables)("new_vs_returning"),
        ["period_grain", "period_start"],
        {
            (grain, start): {
                "is_complete": period.is_complete,
                "active_customers": period.active,
                "new_customers": period.new,
                "returning_customers": period.returning,
                "retained_customers": period.retained,
                "resurrected_customers": period.returning - period.retained,
                "lost_customers": period.lost,
                "orders": period.first_orders + period.repeat_orders,
                "net_revenue": period.revenue,
                "guest_orders": period.guest_orders,
                "guest_revenue": period.guest_revenue,
                "first_orders": period.first_orders,
                "repeat_orders": period.repeat_orders,
                "first_order_revenue": period.first_order_revenue,
                "repeat_order_revenue": period.repeat_order_revenue,
                "new_customer_revenue": period.new_customer_revenue,
                "returning_customer_revenue": period.returning_customer_revenue,
                "returning_customer_rate": (
                    period.returning_customer_rate if period.is_complete else None
                ),
                "repeat_order_revenue_share_partial": period.repeat_order_revenue_share,
                "repeat_vs_first_aov_uplift": period.repeat_vs_first_aov_uplift,
            }
            for grain in ("week", "month", "quarter", "year")
            for start, period in new_vs_returning(shop, grain).items()
        },
    )
