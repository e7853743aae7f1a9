"""The oracles give every number of the worked examples before they judge the models."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from tests.golden.cases import (
    AS_OF,
    clock_events,
    grid_cells,
    needs_golden,
    orders,
    read,
    rfm_orders,
    same,
)
from tests.properties.oracle_cohorts import cohort_brackets, cohort_retention, cohort_revenue
from tests.properties.oracle_orders import Shop, read_shop
from tests.properties.oracle_repeat import (
    follow_up,
    gaps,
    kaplan_meier,
    ladder,
    new_vs_returning,
    percentile,
)
from tests.properties.oracle_rfm import GRID, lifecycle, rfm_at

pytestmark = needs_golden


def shop(**variables: object) -> Shop:
    return read_shop(orders(), {"as_of": AS_OF} | variables)


def test_the_traps_are_excluded_for_the_right_reason() -> None:
    reasons = {order.order_id: order.excluded for order in shop().every_order if order.excluded}
    assert reasons == {"x1": "status_cancelled", "x2": "test_order", "x4": "fully_refunded"}
    assert [order.number for order in shop().orders if order.order_id == "x3"] == [None]


def test_n_period_and_rolling_retention() -> None:
    cells = cohort_retention(shop(), "month")
    got = [
        (str(start), index, cell.size, cell.retained, cell.rolling, cell.is_complete)
        for (start, index), cell in sorted(cells.items())
    ]
    assert got == [cohort_row(row) for row in read("expected", "cohort_n_period")]


def test_cells_of_an_unfinished_month() -> None:
    cells = cohort_retention(shop(as_of="2024-05-15"), "month")
    for row in read("expected", "cohort_partial_2024_05_15"):
        start, index, *counts = cohort_row(row)
        cell = cells[date.fromisoformat(str(start)), int(str(index))]
        assert [cell.size, cell.retained, cell.rolling, cell.is_complete] == counts
        assert (cell.rate is None) is not cell.is_complete


def cohort_row(row: dict[str, str]) -> tuple[object, ...]:
    counts = ("period_number", "cohort_size", "retained_n_period", "retained_rolling")
    return row["cohort_month"], *(int(row[name]) for name in counts), row["is_complete"] == "true"


def test_brackets() -> None:
    cells = cohort_brackets(shop(cohort_brackets={"month": [[0, 0], [1, 2], [3, 4]]}), "month")
    got = [
        (str(start), f"{first}-{last}", cell.size, cell.retained, cell.is_complete)
        for (start, first, last), cell in sorted(cells.items())
    ]
    assert got == [
        (
            row["cohort_month"],
            row["bracket"],
            int(row["cohort_size"]),
            int(row["retained"]),
            row["is_complete"] == "true",
        )
        for row in read("expected", "cohort_bracket")
    ]


@pytest.mark.parametrize(
    ("column", "zone", "clock"),
    [
        ("day1_calendar_utc", "UTC", "calendar"),
        ("day1_calendar_new_york", "America/New_York", "calendar"),
        ("day1_elapsed_24h", "UTC", "elapsed"),
        ("day1_elapsed_24h", "America/New_York", "elapsed"),
    ],
)
def test_the_clock_decides_who_came_back_on_day_one(column: str, zone: str, clock: str) -> None:
    variables = {"as_of": "2024-12-10", "reporting_timezone": zone, "retention_clock": clock}
    cells = cohort_retention(read_shop(clock_events(), variables), "day")
    (expected,) = read("expected", "clock_day1")
    assert sum(cell.size for (_, k), cell in cells.items() if k == 0) == int(expected["users"])
    assert sum(cell.retained for (_, k), cell in cells.items() if k == 1) == int(expected[column])


def test_lifecycle_stages() -> None:
    found = lifecycle(shop(as_of="2024-05-15"))
    assert found == {
        row["customer_id"]: (row["stage"], int(row["recency_days"]))
        for row in read("expected", "lifecycle_stage")
    }


def test_repeat_ladder() -> None:
    rungs = ladder(shop(repeat_windows=[60]))
    expected = read("expected", "repeat_ladder")
    assert sorted(rungs) == [(int(row["order_number"]), 60) for row in expected]
    for row in expected:
        rung = rungs[int(row["order_number"]), 60]
        assert (rung.reached, rung.next) == (
            int(row["customers_reached"]),
            int(row["customers_next"]),
        )
        assert (rung.mature, rung.next_within) == (
            int(row["mature_60d"]),
            int(row["next_within_60d"]),
        )
        assert same(rung.p_next_raw, row["p_next_raw"])
        assert same(rung.p_next_window, row["p_next_60d"])


def test_gaps() -> None:
    days = [gap for found in gaps(shop()).values() for gap in found]
    (expected,) = read("expected", "gaps")
    assert len(days) == int(expected["n"])
    assert same(percentile(days, Fraction(1, 2)), expected["median"])
    assert same(Fraction(sum(days), len(days)), expected["mean"])
    assert same(percentile(days, Fraction(9, 10)), expected["p90_cont"])


def test_kaplan_meier_of_the_second_order() -> None:
    steps = kaplan_meier(follow_up(shop(), 1))
    expected = read("expected", "km_second_order")
    assert [(s.time, s.at_risk, s.events) for s in steps] == [
        (int(row["t_days"]), int(row["at_risk"]), int(row["events"])) for row in expected
    ]
    assert all(same(s.survival, r["survival"]) for s, r in zip(steps, expected, strict=True))


def test_new_vs_returning() -> None:
    found = new_vs_returning(shop(), "month")
    expected = read("expected", "new_vs_returning")
    assert [str(start) for start in found] == [row["month"] for row in expected]
    for row, period in zip(expected, found.values(), strict=True):
        assert [period.active, period.new, period.returning] == [
            int(row[f"{kind}_customers"]) for kind in ("active", "new", "returning")
        ]
        for column in (
            "first_order_revenue",
            "repeat_order_revenue",
            "repeat_order_revenue_share",
            "new_customer_revenue",
            "returning_customer_revenue",
            "returning_customer_rate",
        ):
            assert same(getattr(period, column), row[column]), (row["month"], column)


def test_net_revenue_to_date() -> None:
    customers = shop().by_customer()
    expected = read("expected", "clv_historic")
    assert sorted(customers) == [row["customer_id"] for row in expected]
    for row in expected:
        mine = customers[row["customer_id"]]
        assert len(mine) == int(row["orders"])
        assert sum(order.net_revenue for order in mine) == Decimal(row["net_revenue"])
        assert mine[0].net_revenue == Decimal(row["first_order_net"])
        assert sum(order.net_revenue for order in mine[1:]) == Decimal(row["repeat_net"])


def test_cohort_revenue_adds_up_to_all_of_it() -> None:
    cells = cohort_revenue(shop())
    assert sum(cell.net for cell in cells.values()) == 621
    assert cells[date.fromisoformat("2024-01-01"), 4].cumulative_ltv == 100  # A, B, C: 300 / 3


def test_rfm_scores_and_segments() -> None:
    scores = rfm_at(read_shop(rfm_orders(), {"as_of": AS_OF}), date.fromisoformat(AS_OF))
    got = [
        {
            "customer_id": name,
            **{mark: str(getattr(found, mark)) for mark in ("r", "f", "m", "fm")},
            "segment": found.segment,
        }
        for name, found in sorted(scores.items())
    ]
    assert got == read("expected", "rfm")


def test_rfm_grid() -> None:
    assert [(r, fm, GRID[r][fm - 1]) for r, fm, _ in grid_cells()] == list(grid_cells())
