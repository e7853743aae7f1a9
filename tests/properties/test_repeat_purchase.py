"""The repeat purchase ladder with its three probabilities, and the days between orders."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from tests.properties.compare import assert_rows
from tests.properties.harness import build
from tests.properties.oracle_orders import read_shop
from tests.properties.oracle_repeat import gaps, ladder, percentile
from tests.properties.strategies import Case, shops

ALL_NUMBERS = 0  # the row that pools the gaps after every order


@given(shops(collapse_same_day_orders=st.booleans()))
def test_ladder(case: Case) -> None:
    shop = read_shop(case.rows, case.variables)
    rows = build(case.rows, case.variables)("repeat_purchase_ladder")
    assert_rows(
        [row for row in rows if row["segment_type"] == "all"],
        ["order_number", "window_days"],
        {
            key: {
                "customers_reached": rung.reached,
                "customers_next": rung.next,
                "p_next_raw": rung.p_next_raw,
                "mature_customers": rung.mature,
                "next_within_window": rung.next_within,
                "p_next_window": rung.p_next_window,
                "p_next_km": rung.p_next_km,
            }
            for key, rung in ladder(shop).items()
        },
    )


@given(shops(collapse_same_day_orders=st.booleans()))
def test_days_between_orders(case: Case) -> None:
    found = gaps(read_shop(case.rows, case.variables))
    # the mart names a gap by the order before it
    named = {number - 1: days for number, days in found.items()}
    if named:
        named[ALL_NUMBERS] = [gap for days in found.values() for gap in days]
    rows = build(case.rows, case.variables)("interpurchase_time")
    assert_rows(
        [row for row in rows if row["segment_type"] == "all"],
        ["order_number"],
        {
            (number,): {
                "gaps": len(days),
                "mean_days": Fraction(sum(days), len(days)),
                "p25_days": percentile(days, Fraction(25, 100)),
                "median_days": percentile(days, Fraction(50, 100)),
                "p75_days": percentile(days, Fraction(75, 100)),
                "p90_days": percentile(days, Fraction(90, 100)),
            }
            for number, days in named.items()
        },
    )
