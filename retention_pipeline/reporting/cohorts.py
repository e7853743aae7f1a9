"""Cohorts: triangles of customers and revenue, retention curves, survival with its confidence band.

Room:  tell. Imports blocks, figures, parts, published, tables, triangles.
In:    the published file.  Out: two Sections.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from retention_pipeline.quoting import literal
from retention_pipeline.reporting import figures
from retention_pipeline.reporting.blocks import Figure, Legend, Matrix, Section
from retention_pipeline.reporting.figures import HALF, NARROW, Point, Series, both
from retention_pipeline.reporting.parts import money_views, section
from retention_pipeline.reporting.published import MONTH_END, Missing, Published
from retention_pipeline.reporting.tables import (
    Column,
    Kind,
    Row,
    Rows,
    Table,
    columns,
    money,
    month,
    percent,
)
from retention_pipeline.reporting.triangles import (
    Shape,
    Words,
    rounded,
    so_far,
    triangle,
    whole_percent,
)

_PERIOD_END = "cast(period_start + interval 1 month as date)"
_ENTITIES = {"order": ("customers", "ordered"), "event": ("users", "were active")}
_CENSORED = (
    "◂ marks the first month of history: some of its customers are older than the data, "
    "so it is no true cohort."
)
_HATCHED = "Hatched cells are periods that are not over."


def cohorts_section(data: Published) -> Section:
    return section(
        data,
        "cohorts",
        (
            "Cohorts",
            "Do customers come back, and what are they worth?",
            "Each row is everybody who began in the same month; each column one month later. Read across to "
            "follow a cohort, down to see whether newer ones do better.",
        ),
        [
            lambda d: retention(d, "order"),
            revenue,
            mrr,
            lambda d: retention(d, "event"),
        ],
    )


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
            lambda d: pooled(d, "order"),
            lambda d: survival(d, "churn"),
            lambda d: survival(d, "second_order"),
            lambda d: pooled(d, "event"),
        ],
    )


# -- triangles ------------------------------------------------------------------------------------
def retention(data: Published, entity: str) -> Sequence[Matrix]:
    who, did = _ENTITIES[entity]
    rows = _cohort_rows(data, entity)
    shape = Shape(
        "cohort_start",
        month,
        "cohort_size",
        "retention_rate",
        "retention_rate_partial",
        "retained_n_period",
        whole_percent,
        lambda row: f"{row['retained_n_period']:,}",
        lambda row: (
            f"{row['retained_n_period']:,} of {row['eligible_size']:,} {who} {did}{so_far(row)}"
        ),
    )
    words = Words(
        f"retention-{entity}",
        f"{who.capitalize()} who {did} again, by month after the first",
        _pooled_sentence(rows, who, did),
        "cohort_retention.retention_rate",
        f"Number of {who} who {did} in the month (retained_n_period)",
        "share of the cohort, from none to the highest",
        _notes(rows),
    )
    return [triangle(rows, shape, words)]


def _cohort_rows(data: Published, entity: str) -> Rows:
    """Monthly cohorts. On the elapsed clock a period ends on another day for each customer."""
    if data.cut and data.policy("retention_clock") == "elapsed":
        raise Missing("cohort_retention", f"is known for {data.build.as_of[:10]} only")
    return data.ask(
        "cohort_retention",
        [
            "cohort_start",
            "period_number",
            "cohort_size",
            "eligible_size",
            "retained_n_period",
            "retained_n_period_eligible",
            "retained_rolling_eligible",
            "retention_rate",
            "retention_rate_partial",
        ],
        where=f"entity = {literal(entity)} and cohort_grain = 'month' and dimension = 'all'",
        order="cohort_start, period_number",
        until=_PERIOD_END,
    )


def _notes(rows: Rows) -> str:
    notes = [_CENSORED] if any(row.get("is_left_censored") for row in rows) else []
    if any(row.get("is_complete") is False for row in rows):
        notes.append(_HATCHED)
    return " ".join(notes)


def _pooled_sentence(rows: Rows, who: str, did: str) -> str:
    said = []
    for period in (1, 3, 6, 12):
        n, base = _pool(rows, period)
        if base:
            said.append(f"{percent(n / base, 0)} after {period}")
    if not said:
        return "No cohort has a complete month after its first yet."
    return f"Of all {who}, {', '.join(said)} months {did} in that month (complete cells only)."


def _counted(rows: Rows, period: int) -> list[Row]:
    """Complete cells of one period, without the cohorts that are no true ones."""
    return [
        row
        for row in rows
        if row["period_number"] == period
        and row["is_complete"]
        and row.get("is_left_censored") is not True
    ]


def _pool(rows: Rows, period: int) -> tuple[int, int]:
    cells = _counted(rows, period)
    n = sum(row["retained_n_period_eligible"] for row in cells)
    return n, sum(row["eligible_size"] for row in cells)


def revenue(data: Published) -> Sequence[Matrix]:
    rows = data.ask(
        "cohort_revenue",
        [
            "cohort_month",
            "period_number",
            "cohort_size",
            "cumulative_ltv",
            "cumulative_net_revenue",
            "active_customers",
            "net_revenue",
        ],
        order="cohort_month, period_number",
        until=_PERIOD_END,
    )
    currency = str(rows[-1]["currency"])
    shape = Shape(
        "cohort_month",
        month,
        "cohort_size",
        "cumulative_ltv",
        None,
        "net_revenue",
        rounded,
        lambda row: money(row["net_revenue"], "", 0),
        lambda row: (
            f"{_amount(row, 'cumulative_ltv')} a customer; {_amount(row, 'net_revenue')} in the month "
            f"from {row['active_customers']:,} of {row['cohort_size']:,}{so_far(row)}"
        ),
    )
    last = [row for row in rows if row["period_number"] == 12 and row["is_complete"]]
    reading = (
        f"After twelve months a customer of the {month(last[-1]['cohort_month'])} cohort had brought "
        f"{_amount(last[-1], 'cumulative_ltv')} net revenue."
        if last and last[-1]["cumulative_ltv"] is not None
        else "Net revenue a customer has brought so far, added up month by month."
    )
    words = Words(
        "cohort-revenue",
        f"Net revenue per customer so far, {currency}",
        reading,
        "cohort_revenue.cumulative_ltv",
        f"Net revenue of the month, {currency} (net_revenue)",
        "net revenue per customer, from nothing to the highest",
        _notes(rows),
    )
    return [triangle(rows, shape, words)]


def _amount(row: Row, column: str) -> str:
    value = row[column]
    return "nothing known" if value is None else money(value, str(row.get("currency") or ""))


def mrr(data: Published) -> Sequence[Matrix]:
    return [_mrr(data, view, currency) for view, currency in money_views(data, "mrr_cohorts")]


def _mrr(data: Published, view: str, currency: str) -> Matrix:
    rows = data.ask(
        "mrr_cohorts",
        [
            "cohort_month",
            "period_number",
            "cohort_size",
            "active_customers",
            "mrr",
            "first_mrr",
            "net_mrr_retention",
            "net_mrr_retention_partial",
        ],
        where=f"view = {literal(view)} and currency = {literal(currency)}",
        order="cohort_month, period_number",
        until=MONTH_END,
    )
    shape = Shape(
        "cohort_month",
        month,
        "cohort_size",
        "net_mrr_retention",
        "net_mrr_retention_partial",
        "mrr",
        whole_percent,
        lambda row: money(row["mrr"], "", 0),
        lambda row: (
            f"{_amount(row, 'mrr')} of {_amount(row, 'first_mrr')} MRR; "
            f"{row['active_customers']:,} of {row['cohort_size']:,} customers pay{so_far(row)}"
        ),
    )
    words = Words(
        f"mrr-cohorts-{view}-{currency}".lower(),
        f"MRR that a cohort still pays, {currency}",
        "The share of its first month's MRR that each cohort of subscribers pays now, "
        "upgrades and returns included.",
        "mrr_cohorts.net_mrr_retention",
        f"MRR of the cohort, {currency} (mrr)",
        "share of the first month's MRR, from none to the highest",
        _notes(rows),
    )
    return triangle(rows, shape, words)


# -- curves ---------------------------------------------------------------------------------------
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
    who, did = _ENTITIES[entity]
    cells = _cohort_rows(data, entity)
    rows = [row for k in range(25) if (row := _summed(cells, k, with_rolling=data.cut is None))]
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
        lambda size: figures.curves(series, figures.PERCENT, size, "months after the first"),
        HALF,
        NARROW,
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
        )
    ]


def _summed(cells: Rows, period: int, *, with_rolling: bool) -> dict[str, Any] | None:
    found = _counted(cells, period)
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
_EVENTS: dict[str, tuple[str, str, str, int, Callable[[float], float]]] = {
    "churn": (
        "Subscribers who are still there",
        "still subscribed",
        "days since the start",
        1,
        lambda s: s,
    ),
    "second_order": (
        "Customers who have ordered a second time",
        "have ordered again",
        "days since the first order",
        3,
        lambda s: 1 - s,
    ),
}


def survival(data: Published, event: str) -> Sequence[Figure]:
    title, did, axis, number, turn = _EVENTS[event]
    rows = data.ask(
        "survival_curves",
        [*_SURVIVAL, "median_days", "subjects"],
        where=f"event = {literal(event)} and segment_type = 'all' and t <= 730",
        order="t",
    )
    rows = thinned(rows)
    points = [_survival_point(row, did, turn) for row in rows if row["survival"] is not None]
    if not points:
        raise Missing("survival_curves", "has no curve")
    wide, narrow = both(
        lambda size: figures.curves(
            [Series(did, number, points)], figures.PERCENT, size, axis, steps=True
        ),
        HALF,
        NARROW,
    )
    last, median = rows[-1], rows[-1]["median_days"]
    half = (
        f"Half of them by day {median:,}. "
        if median is not None
        else "Fewer than half within that time. "
    )
    return [
        Figure(
            f"survival-{event}".replace("_", "-"),
            title,
            f"{percent(turn(last['survival']))} of {last['subjects']:,} {did} after {last['t']:,} days. {half}".replace(
                "  ", " "
            ).strip(),
            "survival_curves.survival, survival_low_95, survival_high_95",
            wide,
            narrow,
            Table(
                f"{title}: Kaplan-Meier, the last day of each fortnight",
                "survival_curves",
                _SURVIVAL,
                rows,
            ),
            [
                Legend(f"{did} (Kaplan-Meier)", number, "line"),
                Legend("95% confidence", number, "band"),
            ],
        )
    ]


def _survival_point(row: Row, did: str, turn: Callable[[float], float]) -> Point:
    low, high = row["survival_low_95"], row["survival_high_95"]
    ends = None if low is None or high is None else sorted((turn(low), turn(high)))
    said = f" (95%: {percent(ends[0])} to {percent(ends[1])})" if ends else ""
    return Point(
        row["t"],
        turn(row["survival"]),
        f"day {row['t']:,}: {percent(turn(row['survival']))} {did}{said}",
        ends[0] if ends else None,
        ends[1] if ends else None,
    )


def thinned(rows: Rows, step: int = 14) -> Rows:
    """The last row of every fortnight, and the very first and last: a curve falls on many days."""
    kept: dict[int, Row] = {}
    for row in rows:
        kept[row["t"] // step] = row
    found = list(kept.values())
    return found if found[0] is rows[0] else [rows[0], *found]
