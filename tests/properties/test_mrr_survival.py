"""How long subscribers stay: life tables recounted, models fitted by another method."""

from __future__ import annotations

from math import isclose

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.properties.harness_mrr import build
from tests.properties.oracle_mrr import read_book
from tests.properties.oracle_survival import Life, fit, lives, log_likelihood
from tests.properties.strategies import Case
from tests.properties.strategies_mrr import businesses

STARTS = ("2024-01-05", "2024-02-05", "2024-03-05")
ENDS = ("2024-02-10", "2024-03-10", "2024-04-10", "2024-05-10", "2024-06-10", "2024-07-10")


@given(businesses())
def test_life_tables(case: Case) -> None:
    """Of the lives of at least t months, how many ended with month t."""
    found = lives(read_book(case.rows, case.variables))
    got = {
        row["period_number"]: (row["at_risk_customers"], row["churned_customers"])
        for row in build(case.rows, case.variables)("int_subscriber_life_table")
        if row["segment_type"] == "all"
    }
    longest = max((months for months, _ in found), default=-1)
    assert got == {
        t: (
            sum(months >= t for months, _ in found),
            sum(months == t and has_churned for months, has_churned in found),
        )
        for t in range(longest + 1)
    }


@st.composite
def crowds(draw: st.DrawFn) -> dict[tuple[str, str | None], int]:
    """How many customers came on a day and left on another (None = did not)."""
    found: dict[tuple[str, str | None], int] = {}
    for start in STARTS:
        size = draw(st.integers(34, 200))  # together what survival_min_customers asks for
        for end in ENDS:
            if end[:7] > start[:7]:
                leave = draw(st.integers(0, max(size // 3, 1)))
                found[start, end] = leave
                size -= leave
        found[start, None] = size
    return found


def rows_of(crowd: dict[tuple[str, str | None], int]) -> list[dict[str, object]]:
    return [
        {
            "subscription_id": f"s{start}-{end}-{number}",
            "subscription_item_id": f"s{start}-{end}-{number}",
            "customer_id": f"c{start}-{end}-{number}",
            "status": "active",
            "currency": "USD",
            "unit_amount": "10",
            "quantity": "1",
            "interval_unit": "month",
            "interval_count": 1,
            "valid_from": start,
            "valid_to": end,
        }
        for (start, end), size in crowd.items()
        for number in range(size)
    ]


@pytest.mark.slow
@given(crowds())
def test_models_are_the_most_likely_ones(crowd: dict[tuple[str, str | None], int]) -> None:
    """Where the model says it is fitted no other search finds a better one."""
    found: list[Life] = []
    for (start, end), size in crowd.items():
        last = int((end or "2024-07-31")[5:7])
        found += [(last - int(start[5:7]), end is not None)] * size
    assume(any(has_churned for _, has_churned in found))
    variables = {"as_of": "2024-08-01", "reporting_currency": "USD"}
    rows = build({"subscriptions": rows_of(crowd)}, variables)("subscriber_survival_models")
    (model,) = (row for row in rows if row["segment_type"] == "all")
    assert model["customers"] == len(found)
    alpha, beta, best = fit(found)
    if model["model_status"] == "not_converged":
        assert alpha + beta > 500 or alpha + beta < 0.01
        return
    assert model["model_status"] == "fitted"
    ours = (float(str(model["alpha"])), float(str(model["beta"])))
    assert isclose(log_likelihood(found, *ours), best, abs_tol=1e-6)
    assert isclose(float(str(model["log_likelihood"])), best, abs_tol=1e-5)
    assert isclose(ours[0], alpha, rel_tol=1e-2)
    assert isclose(ours[1], beta, rel_tol=1e-2)
