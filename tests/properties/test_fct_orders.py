"""Orders: which count, whose they are, what they brought, which number they have."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.properties.compare import assert_rows
from tests.properties.harness import build
from tests.properties.oracle_orders import read_shop
from tests.properties.strategies import Case, shops

BASES = ("net_product", "gross", "total")


@given(
    shops(
        exclude_fully_refunded_orders=st.booleans(),
        merchandise_only=st.booleans(),
        order_revenue_basis=st.sampled_from(BASES),
    )
)
def test_every_order_has_its_owner_its_revenue_and_its_reason_not_to_count(case: Case) -> None:
    shop = read_shop(case.rows, case.variables)
    assert_rows(
        build(case.rows, case.variables)("int_orders_classified"),
        ["order_id"],
        {
            (order.order_id,): {
                "customer_id": order.customer_id,
                "ordered_at": order.ordered_at,
                "order_date": order.day,
                "net_revenue": order.net_revenue,
                "exclusion_reason": order.excluded,
            }
            for order in shop.every_order
        },
    )


@given(shops(guest_policy=st.sampled_from(("resolve_by_email", "anonymous"))))
def test_valid_orders_are_numbered_within_their_customer(case: Case) -> None:
    shop = read_shop(case.rows, case.variables)
    assert_rows(
        build(case.rows, case.variables)("fct_orders"),
        ["order_id"],
        {
            (order.order_id,): {
                "customer_id": order.customer_id,
                "order_date": order.day,
                "order_number": order.number,
                "days_since_prior_order": order.days_since_prior,
                "days_since_first_order": order.days_since_first,
                "cohort_month": order.cohort_month,
                "cohort_index": order.cohort_index,
                "is_left_censored": order.is_left_censored,
                "net_revenue": order.net_revenue,
            }
            for order in shop.orders
        },
    )
