"""Curves over the time since the start: all cohorts pooled, and survival with its confidence band.

Room:  tell. Imports blocks, cohorts, figures, marks, parts, published, tables.
In:    the published file.  Out: a Section.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from retention_pipeline.quoting import literal
from retention_pipeline.reporting import figures
from retention_pipeline.reporting.blocks import Figure, Legend, Section
from retention_pipeline.reporting.cohorts import ENTITIES, cohort_rows, counted
from retention_pipeline.reporting.marks import PERCENT, Point, Series, both
from retention_pipeline.reporting.parts import Part, section
from retention_pipeline.reporting.published import Missing, Published
from retention_pipeline.reporting.tables import Column, Kind, Row, Rows, Table, columns, percent


def curves_section(data: Published) -> Section:
    return section(
        data,
        "curves",
        (
            "Retention curves",
            "How long do customers stay?",
            "All cohorts together: the share that is still there, month by month. Survival curves count those "
            "who are not through yet as what they are, unknown; the band is the 95% confidence interval.",
        ),
        [
            Part("customers who come back", "orders", lambda d: pooled(d, "order")),
            Part("how long subscribers stay", "subscriptions", lambda d: survival(d, "churn")),
            Part("the way to the second order", "orders", lambda d: survival(d, "second_order")),
            Part("users who come back", "events", lambda d: pooled(d, "event")),
        ],
    )


_POOLED = columns(
    ("period_number", "Months after the first", Kind.COUNT),
    ("eligible_size", "Customers whose month is over", Kind.COUNT),
    ("retained_n_period_eligible", "Active in that month", Kind.COUNT),
    ("rate", "Share", Kind.RATE),
    ("retained_rolling_eligible", "Active then or later", Kind.COUNT),
    ("rolling", "Share", Kind.RATE),
)


def pooled(data: Published, entity: str) -> Sequence[Figure]:
    """Sum over sum of complete cells: never a mean of rates."""
    who, did = ENTITIES[entity]
    cells = cohort_rows(data, entity)
    least = int(data.policy("min_cell_size") or 1)
    summed = [_summed(cells, k, with_rolling=data.cut is None) for k in range(25)]
    rows = [row for row in summed if row and row["eligible_size"] >= least]
    if len(rows) < 2:
        raise Missing("cohort_retention", "has no complete month after a first one")
    series = [Series(f"{did} in that month", 1, _curve(rows, "rate", who, did))]
    legend = [Legend("in that very month", 1, "line")]
    shown: Sequence[Column] = _POOLED
    if data.cut is None:
        series.append(
            Series("then or later", 3, _curve(rows, "rolling", who, f"{did} then or later"), True)
        )
        legend.append(Legend("in that month or any later one", 3, "dash"))
    else:
        shown = [c for c in _POOLED if "rolling" not in c.name]
    wide, narrow = both(
        lambda size: figures.curves(series, PERCENT, size, "months after the first")
    )
    return [
        Figure(
            f"curve-{entity}",
            f"{who.capitalize()} who come back, all cohorts",
            f"After one month {percent(rows[1]['rate'])} of {who} {did} again"
            + (
                f"; after {rows[-1]['period_number']}, {percent(rows[-1]['rate'])}."
                if len(rows) > 2
                else "."
            ),
            "cohort_retention.retained_n_period_eligible, retained_rolling_eligible ÷ eligible_size",
            wide,
            narrow,
            Table(
                f"{who.capitalize()} by months after their first, complete cells of true cohorts added up",
                "cohort_retention",
                shown,
                rows,
            ),
            legend,
            note=f"Months in which fewer than {least} {who} could be seen are left out."
            if len(rows) < sum(row is not None for row in summed)
            else "",
        )
    ]


def _summed(cells: Rows, period: int, *, with_rolling: bool) -> dict[str, Any] | None:
    found = counted(cells, period)
    base = sum(row["eligible_size"] for row in found)
    if not base:
        return None
    n = sum(row["retained_n_period_eligible"] for row in found)
    row = {
        "period_number": period,
        "eligible_size": base,
        "retained_n_period_eligible": n,
        "rate": n / base,
    }
    if with_rolling:
        later = sum(row["retained_rolling_eligible"] for row in found)
        row |= {"retained_rolling_eligible": later, "rolling": later / base}
    return row


_NUMERATORS = {"rate": "retained_n_period_eligible", "rolling": "retained_rolling_eligible"}


def _curve(rows: Rows, column: str, who: str, did: str) -> list[Point]:
    return [
        Point(
            row["period_number"],
            row[column],
            f"month {row['period_number']}: {percent(row[column])}, "
            f"{row[_NUMERATORS[column]]:,} of {row['eligible_size']:,} {who} {did}",
        )
        for row in rows
    ]


_SURVIVAL = columns(
    ("t", "Days", Kind.COUNT),
    ("at_risk", "Still observed", Kind.COUNT),
    ("events", "Events that day", Kind.COUNT),
    ("survival", "Survival", Kind.RATE),
    ("survival_low_95", "95% from", Kind.RATE),
    ("survival_high_95", "to", Kind.RATE),
    ("event_probability", "Happened by then", Kind.RATE),
)


@dataclass(frozen=True, slots=True)
class _Event:
    """How a survival curve is told. `turn` makes of the share left the share that is shown."""

    title: str
    did: str
    axis: str
    color: int
    half: str
    turn: Callable[[float], float]


_EVENTS = {
    "churn": _Event(
        "Subscribers who are still there",
        "are still subscribed",
        "days since the start",
        1,
        "have left",
        lambda left: left,
    ),
    "second_order": _Event(
        "Customers who have ordered a second time",
        "have ordered again",
        "days since the first order",
        3,
        "have",
        lambda left: 1 - left,
    ),
}


def survival(data: Published, event: str) -> Sequence[Figure]:
    told = _EVENTS[event]
    rows = data.ask(
        "survival_curves",
        [*_SURVIVAL, "median_days", "subjects"],
        where=f"event = {literal(event)} and segment_type = 'all' and t <= 730",
        order="t",
    )
    rows = thinned(rows)
    points = [_survival_point(row, told) for row in rows if row["survival"] is not None]
    if not points:
        raise Missing("survival_curves", "has no curve")
    wide, narrow = both(
        lambda size: figures.curves(
            [Series(told.did, told.color, points)], PERCENT, size, told.axis, steps=True
        )
    )
    last, median = rows[-1], rows[-1]["median_days"]
    share = percent(told.turn(last["survival"]))
    half = (
        f"Half {told.half} by day {median:,}."
        if median is not None
        else f"Fewer than half {told.half}."
    )
    after = f"after {last['t']:,} days, estimated from {last['subjects']:,}"
    reading = f"{share} {told.did} {after}. {half}"
    return [
        Figure(
            f"survival-{event}".replace("_", "-"),
            told.title,
            reading,
            "survival_curves.survival, survival_low_95, survival_high_95",
            wide,
            narrow,
            Table(
                f"{told.title}: Kaplan-Meier, the last day of each fortnight",
                "survival_curves",
                _SURVIVAL,
                rows,
            ),
            [
                Legend(f"{told.did} (Kaplan-Meier)", told.color, "line"),
                Legend("95% confidence", told.color, "band"),
            ],
        )
    ]


def _survival_point(row: Row, told: _Event) -> Point:
    low, high = row["survival_low_95"], row["survival_high_95"]
    ends = None if low is None or high is None else sorted((told.turn(low), told.turn(high)))
    said = f" (95%: {percent(ends[0])} to {percent(ends[1])})" if ends else ""
    share = told.turn(row["survival"])
    tip = f"day {row['t']:,}: {percent(share)} {told.did}{said}"
    return Point(row["t"], share, tip, ends[0] if ends else None, ends[1] if ends else None)


def thinned(rows: Rows, step: int = 14) -> Rows:
    """The last row of every fortnight, and the very first and last: a curve falls on many days."""
    kept: dict[int, Row] = {}
    for row in rows:
        kept[row["t"] // step] = row
    found = list(kept.values())
    return found if found[0] is rows[0] else [rows[0], *found]
