"""Visits, daily facts, engagement, lifecycle, activation and cohorts of events against a plain count.

One test of many checks, for what costs is building the models: each random log is built once.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from math import isclose, sqrt

import pytest
from hypothesis import given

from tests.properties.compare import assert_rows
from tests.properties.harness import Get
from tests.properties.harness_activity import build
from tests.properties.oracle_activity import (
    Event,
    Log,
    activation,
    active_days,
    engagement,
    event_cohorts,
    lifecycle,
    read_log,
    visits,
)
from tests.properties.strategies_activity import DEFAULTS, ELSEWHERE, Case, logs

CLASSES = {
    "signup": "signup",
    "login": "login",
    "add_friend": "other",
    "core_action": "core",
    "purchase": "purchase",
    "page_view": "browse",
}

MARTS = (
    "int_sessions",
    "fct_user_activity_daily",
    "engagement",
    "engagement_active_days",
    "user_lifecycle",
    "cohort_retention",
    "activation",
)


@given(logs(DEFAULTS))
def test_activity(case: Case) -> None:
    check(case)


@pytest.mark.slow
@given(logs(ELSEWHERE))
def test_activity_elsewhere(case: Case) -> None:
    """In New York at noon, with strangers as users, on the elapsed clock, other windows."""
    check(case)


def check(case: Case) -> None:
    log = read_log(case.rows["events"], case.variables)
    get = build(case.rows, case.variables, MARTS)
    check_visits(log, get)
    check_daily_facts(log, get)
    check_engagement(log, get)
    check_lifecycle(log, get)
    check_cohorts(log, get, case)
    check_activation(log, get, case)


def check_visits(log: Log, get: Get) -> None:
    assert Counter(
        (row["user_id"], row["started_at"], row["events"], float(str(row["duration_seconds"])))
        for row in get("int_sessions")
    ) == Counter((v.user, v.events[0].at, len(v.events), v.seconds) for v in visits(log))


def check_daily_facts(log: Log, get: Get) -> None:
    cells: dict[tuple[object, ...], list[Event]] = {}
    seconds: Counter[tuple[object, ...]] = Counter()
    touched: dict[tuple[object, ...], set[int]] = {}
    for number, visit in enumerate(visits(log)):
        before = visit.events[0].at
        for event in visit.events:
            key = (event.user, event.day, CLASSES[event.name])
            cells.setdefault(key, []).append(event)
            touched.setdefault(key, set()).add(number)
            seconds[key] += int((event.at - before).total_seconds())
            before = event.at
    assert_rows(
        get("fct_user_activity_daily"),
        ["user_id", "date", "event_class"],
        {
            key: {
                "events": len(events),
                "core_actions": sum(event.is_core for event in events),
                "sessions": len(touched[key]),
                "minutes": Fraction(seconds[key], 60),
                "late_events": sum(event.is_late for event in events),
                "is_anonymous": events[0].is_anonymous,
            }
            for key, events in cells.items()
        },
    )


def check_engagement(log: Log, get: Get) -> None:
    kinds = {"any": False, "core_action": True}
    assert_rows(
        get("engagement"),
        ["activity", "date"],
        {
            (activity, day): row
            for activity, core in kinds.items()
            for day, row in engagement(log, core=core).items()
        },
    )
    for row in get("engagement_active_days"):
        snapshot = row["snapshot_date"]
        window = int(str(row["window_days"]))
        want = active_days(log, snapshot, window, core=kinds[str(row["activity"])])  # type: ignore[arg-type]
        assert row["users"] == want[int(str(row["active_days"]))], row
        assert row["active_users"] == sum(want.values()), row


def check_lifecycle(log: Log, get: Get) -> None:
    kinds = {"activity": False, "core_action": True}
    rows = get("user_lifecycle")
    assert_rows(
        rows,
        ["entity", "period_grain", "period_start"],
        {
            (entity, grain, period): row
            for entity, core in kinds.items()
            for grain in ("day", "week", "month")
            for period, row in lifecycle(log.days(core=core), grain, log.as_of).items()
        },
    )
    for row in rows:
        came = ("new_users", "returning_users", "resurrected_users")
        assert row["active_users"] == sum(int(str(row[name])) for name in came)


def check_cohorts(log: Log, get: Get, case: Case) -> None:
    any_event = "start_event" not in case.variables
    rows = get("cohort_retention")
    assert_rows(
        [row for row in rows if row["entity"] == "event" and row["dimension"] == "all"],
        ["cohort_grain", "cohort_start", "period_number"],
        {
            (grain, *key): cell
            for grain in ("day", "week", "month")
            for key, cell in event_cohorts(
                log,
                grain,
                str(case.variables.get("retention_clock", "calendar")),
                wanted=lambda event: any_event or event.name == "signup",
                returned=lambda event: any_event or event.is_core,
            ).items()
        },
    )


def check_activation(log: Log, get: Get, case: Case) -> None:
    rows = get("activation")
    is_plain = case.variables == DEFAULTS
    windows, most, retention = [1, 3, 7], 4, (7, 20)
    if is_plain:
        windows, most, retention = [1, 3, 7, 10, 14], 15, (30, 60)
    want = activation(log, windows, most, retention)
    assert_rows(rows, ["action", "n", "window_days"], want)  # type: ignore[arg-type]
    for row in rows:
        cell = want[str(row["action"]), int(str(row["n"])), int(str(row["window_days"]))]
        check_rates(row, cell)
    check_best(rows)


def check_rates(row: dict[str, object], cell: dict[str, int]) -> None:
    """Shares, difference with its interval, phi: from the four counts, in plain arithmetic."""
    tp, fp, fn, tn = (cell[name] for name in ("tp", "fp", "fn", "tn"))
    did, not_did = tp + fp, fn + tn
    if did and not_did:
        one, other = tp / did, fn / not_did
        width = 1.96 * sqrt(one * (1 - one) / did + other * (1 - other) / not_did)
        near(row["difference"], one - other)
        near(row["difference_low_95"], one - other - width)
        near(row["difference_high_95"], one - other + width)
        assert row["lift"] is None if not other else isclose(float(str(row["lift"])), one / other)
    else:
        assert row["difference"] is None
    base = did * not_did * (tp + fn) * (fp + tn)
    if base:
        near(row["phi"], (tp * tn - fp * fn) / sqrt(base))
    else:
        assert row["phi"] is None


def check_best(rows: list[dict[str, object]]) -> None:
    """The highest positive phi among the rows that 5 to 95 in 100 reach; of equals the smallest."""
    fit = [
        (-round(float(str(row["phi"])), 9), row["n"], row["window_days"], row["action"])
        for row in rows
        if row["phi"] is not None
        and float(str(row["phi"])) > 0
        and 0.05 <= float(str(row["activated_share"])) <= 0.95
    ]
    best = [(row["n"], row["window_days"], row["action"]) for row in rows if row["is_best"]]
    assert best == [min(fit)[1:]] if fit else not best


def near(got: object, want: float) -> None:
    assert isclose(float(str(got)), want, abs_tol=1e-9), (got, want)
