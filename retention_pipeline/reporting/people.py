"""People over time: lifecycle and activation.

Room:  tell. Imports blocks, figures, marks, parts, published, tables.
In:    the published file.  Out: two Sections.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from retention_pipeline.quoting import literal
from retention_pipeline.reporting import figures
from retention_pipeline.reporting.blocks import (
    Figure,
    Legend,
    Listing,
    Matrix,
    MatrixCell,
    MatrixRow,
    Section,
)
from retention_pipeline.reporting.marks import COUNTS, Axis, Point, Series, both
from retention_pipeline.reporting.parts import Part, count_points, latest, section, so_far, tail
from retention_pipeline.reporting.published import Missing, Published
from retention_pipeline.reporting.tables import (
    Kind,
    Row,
    Table,
    columns,
    day,
    exact,
    month,
    percent,
    signed,
)

_LIFECYCLE = columns(
    ("period_start", "Month", Kind.MONTH),
    ("new_users", "New", Kind.COUNT),
    ("returning_users", "Returning", Kind.COUNT),
    ("resurrected_users", "Resurrected", Kind.COUNT),
    ("active_users", "Active", Kind.COUNT),
    ("dormant_users", "Gone dormant", Kind.COUNT),
    ("pulse", "Pulse", Kind.NUMBER),
    ("returning_rate", "Returning rate", Kind.RATE),
)
_STATES = (
    ("returning_users", "Returning", 1, 1),
    ("new_users", "New", 6, 1),
    ("resurrected_users", "Resurrected", 3, 1),
    ("dormant_users", "Gone dormant", 5, -1),
)
_WHO = {"order": "buyers", "activity": "users", "core_action": "users of the core action"}


def lifecycle_section(data: Published) -> Section:
    return section(
        data,
        "lifecycle",
        (
            "Lifecycle",
            "Where do this month's customers come from, and how many went quiet?",
            "Above the line those who were active: back from last month, new, or back after a break. "
            "Below it those who were active the month before and were not now.",
        ),
        [
            Part("buyers by month", "orders", lambda d: lifecycle(d, "order")),
            Part("users by month", "events", lambda d: lifecycle(d, "activity")),
            Part("customers by stage", "orders", stages),
        ],
    )


def lifecycle(data: Published, entity: str) -> Sequence[Figure]:
    who = _WHO[entity]
    rows = tail(
        data.ask(
            "user_lifecycle",
            _LIFECYCLE,
            where=f"period_grain = 'month' and entity = {literal(entity)}",
            order="period_start",
            until="period_end",
        )
    )
    series = [
        Series(name, number, count_points(rows, column, name, month, "period_start", sign))
        for column, name, number, sign in _STATES
    ]
    wide, narrow = both(lambda size: figures.bars(series, COUNTS, size))
    row = latest(rows, "active_users")
    reading = "No month is complete yet."
    if row is not None:
        gained = row["new_users"] + row["resurrected_users"]
        reading = (
            f"{month(row['period_start'])}: {gained:,} {who} gained (new or back), {row['dormant_users']:,} lost"
            + (f", a pulse of {row['pulse']:.2f}." if row["pulse"] is not None else ".")
        )
    return [
        Figure(
            f"lifecycle-{entity}".replace("_", "-"),
            f"{who.capitalize()} by month",
            reading,
            "user_lifecycle.new_users, returning_users, resurrected_users, dormant_users",
            wide,
            narrow,
            Table(f"Lifecycle of {who}", "user_lifecycle", _LIFECYCLE, rows),
            [Legend(name, number) for _, name, number, _ in _STATES],
        )
    ]


_STAGES = columns(
    ("stage", "Stage", Kind.WORD),
    ("customers", "Customers", Kind.COUNT),
    ("share", "of all", Kind.RATE),
    ("net_revenue", "Net revenue so far", Kind.MONEY),
)


def stages(data: Published) -> Sequence[Listing]:
    data.ask("customer_lifecycle", ["stage", "net_revenue", "currency"], order="stage limit 1")
    rows = data.rows(
        "select stage, count(*) as customers, count(*) / sum(count(*)) over () as share,"
        " cast(sum(net_revenue) as decimal(18, 4)) as net_revenue, min(currency) as currency"
        " from marts.customer_lifecycle group by stage order by customers desc, stage"
    )
    if all(row["stage"] == "prospect" for row in rows):
        raise Missing("customer_lifecycle", "has no buyers")
    table = Table("Customers by stage", "customer_lifecycle", _STAGES, rows)
    return [
        Listing(
            "lifecycle-stages",
            f"Customers by stage on {day(data.as_of)}",
            f"The largest stage is {str(rows[0]['stage']).replace('_', ' ')}: {rows[0]['customers']:,} customers, "
            f"{percent(rows[0]['share'])} of all.",
            "customer_lifecycle.stage, net_revenue",
            table,
            {"share": max(float(row["share"]) for row in rows)},
            full=True,
        )
    ]


# -- activation -----------------------------------------------------------------------------------
_ACTIVATION = columns(
    ("action", "Action", Kind.WORD),
    ("n", "At least", Kind.COUNT),
    ("window_days", "within days", Kind.COUNT),
    ("eligible", "Users", Kind.COUNT),
    ("activated", "did it", Kind.COUNT),
    ("retention_activated", "Retained of those", Kind.RATE),
    ("retention_not_activated", "of the others", Kind.RATE),
    ("difference", "Difference", Kind.RATE),
    ("difference_low_95", "95% from", Kind.RATE),
    ("difference_high_95", "to", Kind.RATE),
    ("phi", "Correlation", Kind.NUMBER),
)


def activation_section(data: Published) -> Section:
    return section(
        data,
        "activation",
        (
            "Activation",
            "What do people do early who stay?",
            "For each action the number and window that separate best between those who stay and those who "
            "do not. A correlation, no proof: try it before you believe it.",
        ),
        [
            Part("early actions", "events", actions),
            Part("sign-up funnel", "events", funnel),
        ],
    )


def actions(data: Published) -> Sequence[Figure]:
    rows = data.ask(
        "activation", [*_ACTIVATION, "is_best"], where="is_best_of_action", order="phi desc, action"
    )
    points = [
        Point(
            f"{str(row['action']).replace('_', ' ')}, {row['n']}× in {row['window_days']} d",
            row["difference"],
            f"{_action(row)}: {signed(100 * row['difference'])} points"
            f" ({signed(100 * row['difference_low_95'])} to {signed(100 * row['difference_high_95'])})",
            row["difference_low_95"],
            row["difference_high_95"],
        )
        for row in rows
        if row["difference"] is not None and row["difference_low_95"] is not None
    ]
    if not points:
        raise Missing("activation", "has no action with a base")
    axis = Axis("+.0%")
    wide, narrow = both(lambda size: figures.forest([Series("", 1, points)], axis, size))
    best = next((row for row in rows if row["is_best"]), rows[0])
    return [
        Figure(
            "activation",
            "Who did it stays more often: by how much",
            f"{_action(best)}: {percent(best['retention_activated'])} stayed, "
            f"against {percent(best['retention_not_activated'])} of the others.",
            "activation.difference, difference_low_95, difference_high_95",
            wide,
            narrow,
            Table("Best threshold of each action", "activation", _ACTIVATION, rows),
            [Legend("difference in share retained, with 95% confidence", 1, "line")],
        )
    ]


def _action(row: Row) -> str:
    times = "once" if row["n"] == 1 else f"{row['n']} times"
    return f"{str(row['action']).replace('_', ' ')} {times} within {row['window_days']} days"


def funnel(data: Published) -> Sequence[Matrix]:
    rows = data.ask(
        "activation_funnel",
        [
            "signup_month",
            "step_number",
            "step",
            "signups",
            "users",
            "signup_rate",
            "signup_rate_partial",
        ],
        order="signup_month, step_number",
    )
    months = sorted({row["signup_month"] for row in rows})[-12:]
    steps = list(
        dict.fromkeys(row["step"] for row in sorted(rows, key=lambda r: int(r["step_number"])))
    )
    found = {(row["signup_month"], row["step"]): row for row in rows}
    shares = [
        MatrixRow(month(m), _signups(found, m, steps), [_step(found.get((m, s))) for s in steps])
        for m in months
    ]
    counts = [
        MatrixRow(
            month(m), _signups(found, m, steps), [_step_count(found.get((m, s))) for s in steps]
        )
        for m in months
    ]
    running = any(row["is_complete"] is False for row in rows)
    return [
        Matrix(
            "activation-funnel",
            "How far each month's sign-ups came",
            "The share of a month's sign-ups that reached each step.",
            "activation_funnel.signup_rate",
            "Sign-up",
            "Sign-ups",
            [str(step).replace("_", " ") for step in steps],
            shares,
            counts,
            "Users who reached the step (users)",
            "Hatched: the time these users have for it is not over." if running else "",
            "share of the month's sign-ups",
            "wide",
        )
    ]


def _signups(found: dict[Any, Row], when: Any, steps: Sequence[Any]) -> str:
    row = next((found[when, s] for s in steps if (when, s) in found), None)
    return f"{row['signups']:,}" if row else "–"


def _step(row: Row | None) -> MatrixCell:
    if row is None:
        return MatrixCell("–", "", "", None, "none")
    runs = row["is_complete"] is False
    value = row["signup_rate_partial"] if runs else row["signup_rate"]
    style = "incomplete" if runs else ""
    if value is None:
        return MatrixCell("–", "", "no base", None, f"{style} none".strip())
    tip = f"{row['users']:,} of {row['signups']:,} sign-ups{so_far(row)}"
    return MatrixCell(percent(value, 0), exact(value), tip, float(value), style)


def _step_count(row: Row | None) -> MatrixCell:
    if row is None:
        return MatrixCell("–", "", "", None, "none")
    style = "incomplete" if row["is_complete"] is False else ""
    return MatrixCell(f"{row['users']:,}", str(row["users"]), "", None, style)
