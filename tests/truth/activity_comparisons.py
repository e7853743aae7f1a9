"""Result files of event logs and of waiting times beside our marts, cell by cell."""

from __future__ import annotations

from pathlib import Path

from tests.truth import data
from tests.truth.comparisons import Cells, Compared, Comparison, Warehouse, from_rows, table, value


def monthly_active(warehouse: Warehouse, truth: Path) -> Compared:
    """The last day of a month has its active users, the days of the month its visits and events."""
    return table(
        "monthly_active",
        warehouse,
        truth / "monthly_active.csv",
        keys=["m"],
        columns=["mau", "sessions", "events", "avg_dau", "stickiness"],
        sql="""
            select
                cast(date_trunc('month', date) as date) as m,
                max(mau_calendar) filter (where is_month_end) as mau,
                sum(sessions) as sessions,
                sum(events) as events,
                max(avg_dau_calendar) filter (where is_month_end) as avg_dau,
                max(stickiness_calendar) as stickiness
            from marts.engagement
            where activity = 'any'
            group by all
        """,
    )


def n_day_retention(warehouse: Warehouse, truth: Path) -> Compared:
    """Day cohorts pooled over the cells whose day is over."""
    return table(
        "n_day_retention",
        warehouse,
        truth / "n_day_retention.csv",
        keys=["day_n"],
        columns=[
            "eligible_users",
            "active_on_day_n",
            "active_on_or_after_day_n",
            "rate_on_day_n",
            "rate_on_or_after_day_n",
        ],
        sql="""
            select
                period_number as day_n,
                sum(cohort_size) as eligible_users,
                sum(retained_n_period) as active_on_day_n,
                sum(retained_rolling) as active_on_or_after_day_n,
                sum(retained_n_period) / sum(cohort_size) as rate_on_day_n,
                sum(retained_rolling) / sum(cohort_size) as rate_on_or_after_day_n
            from marts.cohort_retention
            where entity = 'event' and cohort_grain = 'day' and is_complete
                and period_number in (1, 3, 7, 14, 30, 60, 90)
            group by all
        """,
    )


def weekly_cohorts(warehouse: Warehouse, truth: Path) -> Compared:
    """Cells with anybody in them; the result has no others."""
    return table(
        "weekly_cohorts",
        warehouse,
        truth / "weekly_cohort_retention.csv",
        keys=["cohort_week", "week"],
        columns=["active", "size", "retention"],
        sql="""
            select
                cohort_start as cohort_week,
                period_number as week,
                retained_n_period as active,
                cohort_size as size,
                retention_rate_partial as retention
            from marts.cohort_retention
            where entity = 'event' and cohort_grain = 'week' and retained_n_period > 0
        """,
    )


def funnel(warehouse: Warehouse, truth: Path) -> Compared:
    """The steps of a purchase."""
    return table(
        "funnel",
        warehouse,
        truth / "funnel.csv",
        keys=["step"],
        columns=["users_with_event", "users_reaching_in_order"],
        sql="""
            select step, users_with_event, users as users_reaching_in_order
            from marts.event_funnel
        """,
    )


def visits(warehouse: Warehouse, truth: Path) -> Compared:
    """How many visits 30 minutes of silence make, and how long they last."""
    (row,) = warehouse.rows(
        "select count(*) as sessions, median(duration_seconds) as seconds"
        " from intermediate.int_sessions"
    )
    expected: Cells = {
        (metric["metric"], "value"): value(metric["value"])
        for metric in data.read(truth / "sessions.csv")
        if metric["metric"] != "sessions_by_session_id"
    }
    actual: Cells = {
        ("sessions_by_30min_gap", "value"): value(row["sessions"]),
        ("median_session_seconds", "value"): value(row["seconds"]),
    }
    return Compared("visits", expected, actual)


def survival(warehouse: Warehouse, truth: Path) -> Compared:
    """The curve is flat between its steps: its value at a month is that of the last step by then."""
    found = data.read(truth / "km_survival.csv")
    curve = warehouse.rows(
        "select segment as contract, t, survival, subjects,"
        " sum(events) over (partition by segment) as churned"
        " from marts.survival_curves"
        " where event = 'churn' and segment_type in ('all', 'plan') order by t"
    )
    rows: list[dict[str, object]] = []
    for want in found:
        last = [
            row
            for row in curve
            if row["contract"] == want["contract"]
            and int(str(row["t"])) <= 30 * int(want["tenure_months"])
        ][-1]
        rows.append(
            {
                "contract": want["contract"],
                "tenure_months": want["tenure_months"],
                "customers": last["subjects"],
                "churned": last["churned"],
                "km_survival": last["survival"],
            }
        )
    keys, columns = ["contract", "tenure_months"], ["customers", "churned", "km_survival"]
    return Compared(
        "survival", from_rows(list(found), keys, columns), from_rows(list(rows), keys, columns)
    )


ACTIVITY_COMPARISONS: dict[str, Comparison] = {
    comparison.__name__: comparison
    for comparison in (monthly_active, n_day_retention, weekly_cohorts, funnel, visits, survival)
}
