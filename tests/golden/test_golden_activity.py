"""Builds over the worked examples about activity give the worked examples' numbers."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from tests.golden.cases import needs_golden, orders, read, same
from tests.golden.cases_activity import activation_events, champions, clock_as_events, june
from tests.properties.harness_activity import build

pytestmark = needs_golden
JUNE_FIRST: dict[str, object] = {"as_of": "2024-06-01"}


def test_lifecycle_of_orders() -> None:
    months = {
        str(row["period_start"]): row
        for row in build(orders(), JUNE_FIRST)("user_lifecycle")
        if row["entity"] == "order" and row["period_grain"] == "month"
    }
    expected = read("expected", "lifecycle")
    assert sorted(months) == [row["month"] for row in expected]
    for row in expected:
        for column in ("new", "returning", "resurrected", "dormant", "active"):
            assert months[row["month"]][f"{column}_users"] == int(row[column]), (row, column)


def test_curve_of_the_second_order() -> None:
    curve = {
        int(str(row["t"])): row
        for row in build(orders(), JUNE_FIRST)("survival_curves")
        if row["event"] == "second_order" and row["segment_type"] == "all"
    }
    expected = read("expected", "km_second_order")
    assert sorted(curve) == [0, *(int(row["t_days"]) for row in expected)]
    for row in expected:
        assert same(curve[int(row["t_days"])]["survival"], row["survival"])


def test_seven_friends_in_ten_days() -> None:
    rows = build(activation_events(), JUNE_FIRST)("activation")
    (row,) = (
        row
        for row in rows
        if (row["action"], row["n"], row["window_days"]) == ("add_friend", 7, 10)
    )
    (expected,) = read("expected", "activation")
    for column, value in expected.items():
        ours = {"retention_not": "retention_not_activated"}.get(column, column)
        assert same(row[ours], value), column


@pytest.mark.slow  # each set of vars is a project compiled anew
@pytest.mark.parametrize(
    ("column", "zone", "clock"),
    [
        ("day1_calendar_utc", "UTC", "calendar"),
        ("day1_calendar_new_york", "America/New_York", "calendar"),
        ("day1_elapsed_24h", "UTC", "elapsed"),
    ],
)
def test_the_clock_decides_which_users_came_back(column: str, zone: str, clock: str) -> None:
    variables = {"as_of": "2024-12-10", "reporting_timezone": zone, "retention_clock": clock}
    rows = build(clock_as_events(), variables)("cohort_retention")
    daily = [row for row in rows if row["entity"] == "event" and row["cohort_grain"] == "day"]
    (expected,) = read("expected", "clock_day1")
    for period, name, want in ((0, "cohort_size", "users"), (1, "retained_n_period", column)):
        found = [int(str(row[name])) for row in daily if row["period_number"] == period]
        assert sum(found) == int(expected[want])


@pytest.mark.slow
def test_stickiness_of_june() -> None:
    get = build(june(), {"as_of": "2024-07-01"})
    (expected,) = read("expected", "stickiness")
    (last,) = (
        row
        for row in get("engagement")
        if row["activity"] == "any" and row["date"] == date(2024, 6, 30)
    )
    assert last["user_days_calendar"] == int(expected["user_days"])
    assert same(last["avg_dau_calendar"], expected["avg_dau"])
    assert last["mau_calendar"] == int(expected["mau"])
    assert same(last["stickiness_calendar"], Fraction(34, 90))
    for window in (7, 28):
        want = sorted(int(expected[f"l{window}_u{n}"]) for n in (1, 2, 3))
        got = [
            int(str(row["active_days"]))
            for row in get("engagement_active_days")
            if row["activity"] == "any"
            and row["window_days"] == window
            and row["snapshot_date"] == date(2024, 7, 1)
            for _ in range(int(str(row["users"])))
        ]
        assert sorted(got) == [days for days in want if days]


def test_accounts_that_hang_on_one_user() -> None:
    health = {
        row["account_id"]: row
        for row in build(champions(), JUNE_FIRST)("account_health")
        if row["is_current"]
    }
    for row in read("expected", "champion_risk"):
        mine = health[row["account_id"]]
        assert mine["active_users"] == int(row["active_users"])
        assert same(mine["top_user_share"], row["top_user_share"])
        assert mine["is_single_champion"] is (row["is_single_champion"] == "true")
