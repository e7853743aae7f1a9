"""RFM scores at as_of and at earlier month ends, and lifecycle stages."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.properties.compare import assert_rows
from tests.properties.harness import build
from tests.properties.oracle_orders import read_shop
from tests.properties.oracle_rfm import lifecycle, rfm_at, snapshots
from tests.properties.strategies import Case, shops


@given(
    shops(
        rfm_method=st.sampled_from(("min_rank", "min_rank", "ntile")),
        rfm_window_days=st.sampled_from((None, None, 60)),
    )
)
def test_scores_at_every_month_end(case: Case) -> None:
    shop = read_shop(case.rows, case.variables)
    rows = build(case.rows, case.variables)("rfm_segments")
    assert_rows(
        [row for row in rows if row["segment"] != "Prospects"],
        ["snapshot_month", "customer_id"],
        {
            (month, customer): {
                "recency_days": scores.recency_days,
                "frequency": scores.frequency,
                "monetary": scores.monetary,
                "r": scores.r,
                "f": scores.f,
                "m": scores.m,
                "fm": scores.fm,
                "segment": scores.segment,
            }
            for month, cut in snapshots(shop).items()
            for customer, scores in rfm_at(shop, cut).items()
        },
    )
    # who has not bought is a prospect without scores
    prospects = [row for row in rows if row["segment"] == "Prospects"]
    assert {row["customer_id"] for row in prospects if row["is_current"]} == (
        shop.customers - shop.by_customer().keys()
    )
    assert all(row[mark] is None for row in prospects for mark in ("r", "f", "m", "fm"))


@given(shops())
def test_everybody_is_in_one_lifecycle_stage(case: Case) -> None:
    shop = read_shop(case.rows, case.variables)
    assert_rows(
        build(case.rows, case.variables)("customer_lifecycle"),
        ["customer_id"],
        {
            (customer,): {"stage": stage, "recency_days": recency}
            for customer, (stage, recency) in lifecycle(shop).items()
        },
    )
