"""Kaplan-Meier curves of waiting times against a product of fractions, and against lifelines."""

from __future__ import annotations

from datetime import date, timedelta
from math import exp, isclose, log, sqrt

import pytest
from hypothesis import given

from tests.properties.harness_activity import build
from tests.properties.oracle_activity import kaplan_meier
from tests.properties.strategies_activity import DEFAULTS, waits

AS_OF = date(2024, 6, 1)
Waits = list[tuple[int, bool]]


def curve_of(case: Waits) -> list[dict[str, object]]:
    """Customers who order again after so many days, or have waited so long at as_of."""
    orders: list[dict[str, object]] = []
    for number, (days, happened) in enumerate(case):
        first = AS_OF - timedelta(days=days + (3 if happened else 0))
        for day in [first, first + timedelta(days=days)] if happened else [first]:
            orders.append(
                {
                    "order_id": f"o{len(orders):04d}",
                    "customer_id": f"c{number}",
                    "ordered_at": f"{day} 00:00:00",
                    "status": "paid",
                    "currency": "EUR",
                    "subtotal_amount": 1,
                }
            )
    rows = build({"orders": orders}, DEFAULTS)("survival_curves")
    return sorted(
        (row for row in rows if row["event"] == "second_order" and row["segment_type"] == "all"),
        key=lambda row: int(str(row["t"])),
    )


def observed(case: Waits) -> Waits:
    """Who orders at as_of is not seen yet: a wait of 0 days without an event has no order."""
    return [(days, happened) for days, happened in case if happened or days > 0]


@given(waits())
def test_survival_curves(case: Waits) -> None:
    curve = {int(str(row["t"])): row for row in curve_of(case)}
    known = observed(case)
    if not known:
        assert curve == {}
        return
    steps = kaplan_meier(known)
    assert set(curve) == {0} | {day for day, *_ in steps}
    median = next((day for day, _, _, survival, _ in steps if survival <= 1 / 2), None)
    for day, at_risk, events, survival, greenwood in steps:
        row = curve[day]
        assert (row["at_risk"], row["events"]) == (at_risk, events)
        assert isclose(float(str(row["survival"])), survival, abs_tol=1e-9)
        assert row["median_days"] == median
        if 0 < survival < 1:
            spread = 1.96 * sqrt(greenwood) / log(survival)
            assert isclose(float(str(row["survival_se"])), survival * sqrt(greenwood), abs_tol=1e-9)
            low, high = survival ** exp(-spread), survival ** exp(spread)
            assert isclose(float(str(row["survival_low_95"])), low, abs_tol=1e-9)
            assert isclose(float(str(row["survival_high_95"])), high, abs_tol=1e-9)
    rows = list(curve.values())
    exits = sum(int(str(row["events"])) + int(str(row["censored"])) for row in rows)
    assert exits == len(known)


@given(waits())
def test_survival_curves_equal_lifelines(case: Waits) -> None:
    lifelines = pytest.importorskip(
        "lifelines", reason="lifelines is in the extra oracles (435 MB)"
    )
    known = observed(case)
    if not known:
        return
    fitter = lifelines.KaplanMeierFitter()
    fitter.fit([days for days, _ in known], [happened for _, happened in known])
    for row in curve_of(case):
        want = float(fitter.predict(int(str(row["t"]))))
        assert isclose(float(str(row["survival"])), want, abs_tol=1e-9)
