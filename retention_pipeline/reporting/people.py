"""People over time: lifecycle, activation, NPS.

Room:  tell. Imports blocks, figures, marks, parts, published, tables.
In:    the published file.  Out: three Sections.
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
from retention_pipeline.reporting.marks import Axis, Point, Series, both
from retention_pipeline.reporting.parts import count_points, latest, section, so_far, tail
from retention_pipeline.reporting.published import Missing, Published
from retention_pipeline.reporting.tables import (
    Kind,
    Row,
    Rows,
    Table,
    columns,
    exact,
    month,
    percent,
    quarter,
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
        [lambda d: lifecycle(d, "order"), lambda d: lifecycle(d, "activity"), stages],
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
    wide, narrow = both(lambda size: figures.bars(series, Axis("~s"), size))
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
    table = Table("Customers by stage", "customer_lifecycle", _STAGES, rows)
    return [
        Listing(
            "lifecycle-stages",
            "Customers by stage today",
            f"{rows[0]['customers']:,} customers are {str(rows[0]['stage']).replace('_', ' ')}, "
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
        [actions, funnel],
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


# -- NPS ------------------------------------------------------------------------------------------
_NPS = columns(
    ("period_start", "Quarter", Kind.QUARTER),
    ("responses", "Answers", Kind.COUNT),
    ("promoters", "Promoters", Kind.COUNT),
    ("passives", "Passives", Kind.COUNT),
    ("detractors", "Detractors", Kind.COUNT),
    ("nps", "NPS", Kind.POINTS),
    ("margin_95", "± 95%", Kind.NUMBER),
    ("surveys_sent", "Sent", Kind.COUNT),
    ("response_rate", "Response rate", Kind.RATE),
)
_ANSWERS = (
    ("promoters", "Promoters (9–10)", 1),
    ("passives", "Passives (7–8)", 7),
    ("detractors", "Detractors (0–6)", 2),
)


def nps_section(data: Published) -> Section:
    return section(
        data,
        "nps",
        (
            "Net Promoter Score",
            "Would customers recommend us?",
            "Share of promoters less share of detractors, from −100 to +100; the band is what chance alone can do.",
        ),
        [nps],
    )


def nps_rows(data: Published) -> Rows:
    return tail(
        data.ask(
            "nps",
            [*_NPS, "nps_partial"],
            where="grain = 'quarter' and segment_type = 'all' and responses > 0",
            order="period_start",
            until="period_end",
        ),
        16,
    )


def nps(data: Published) -> Sequence[Figure]:
    rows = nps_rows(data)
    table = Table("NPS by quarter", "nps", _NPS, rows)
    wide, narrow = both(
        lambda size: figures.lines([Series("NPS", 1, nps_points(rows))], Axis("+d"), size)
    )
    answers = [
        Series(name, number, count_points(rows, column, name, quarter, "period_start"))
        for column, name, number in _ANSWERS
    ]
    wide_bars, narrow_bars = both(lambda size: figures.bars(answers, Axis("~s"), size))
    row = latest(rows, "nps")
    reading = "No quarter is complete yet."
    if row is not None:
        margin = f" ± {row['margin_95']:.0f}" if row["margin_95"] is not None else ""
        reading = f"{quarter(row['period_start'])}: {signed(row['nps'], 0)}{margin} from {row['responses']:,} answers."
    return [
        Figure(
            "nps",
            "NPS by quarter",
            reading,
            "nps.nps, margin_95",
            wide,
            narrow,
            table,
            [Legend("NPS", 1, "line"), Legend("95% confidence", 1, "band")],
        ),
        Figure(
            "nps-answers",
            "Answers by quarter",
            f"{sum(r['responses'] for r in rows):,} answers in {len(rows)} quarters.",
            "nps.promoters, passives, detractors",
            wide_bars,
            narrow_bars,
            table,
            [Legend(name, number) for _, name, number in _ANSWERS],
        ),
    ]


def nps_points(rows: Rows) -> list[Point]:
    points = []
    for row in rows:
        runs = row["is_complete"] is False
        value, margin = (row["nps_partial"] if runs else row["nps"]), row["margin_95"]
        if value is None:
            continue
        band = (
            None
            if runs or margin is None
            else (max(value - margin, -100), min(value + margin, 100))
        )
        said = f" ± {margin:.0f}" if margin is not None else ""
        points.append(
            Point(
                quarter(row["period_start"]),
                value,
                f"{quarter(row['period_start'])}: {signed(value)}{said}, {row['responses']:,} answers{so_far(row)}",
                band[0] if band else None,
                band[1] if band else None,
                partial=runs,
            )
        )
    return points
