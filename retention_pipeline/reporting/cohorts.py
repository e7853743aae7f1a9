"""Cohorts: triangles of customers, of revenue and of MRR.

Room:  tell. Imports blocks, figures, marks, parts, published, tables, triangles.
In:    the published file.  Out: a Section.
"""

from __future__ import annotations

from collections.abc import Sequence

from retention_pipeline.quoting import literal
from retention_pipeline.reporting.blocks import Matrix, Section
from retention_pipeline.reporting.parts import Part, money_views, section
from retention_pipeline.reporting.published import MONTH_END, Missing, Published
from retention_pipeline.reporting.tables import (
    Row,
    Rows,
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
ENTITIES = {"order": ("customers", "ordered"), "event": ("users", "were active")}


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
            Part("customers who order again", "orders", lambda d: retention(d, "order")),
            Part("revenue of cohorts", "orders", revenue),
            Part("MRR of cohorts", "subscriptions", mrr),
            Part("users who are active again", "events", lambda d: retention(d, "event")),
        ],
    )


def retention(data: Published, entity: str) -> Sequence[Matrix]:
    who, did = ENTITIES[entity]
    rows = cohort_rows(data, entity)
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
    )
    return [triangle(rows, shape, words)]


def cohort_rows(data: Published, entity: str) -> Rows:
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


def _pooled_sentence(rows: Rows, who: str, did: str) -> str:
    said: list[str] = []
    for period in (1, 3, 6, 12):
        n, base = _pool(rows, period)
        if base:
            share = percent(n / base, 0)
            first = f"{share} of {who} {did} again after {period}"
            said.append(f"{share} after {period}" if said else first)
    if not said:
        return "No cohort has a complete month after its first yet."
    months = "month" if len(said) == 1 else "months"
    return f"{', '.join(said)} {months} (complete cells of all cohorts together)."


def counted(rows: Rows, period: int) -> list[Row]:
    """Complete cells of one period, without the cohorts that are no true ones."""
    return [
        row
        for row in rows
        if row["period_number"] == period
        and row["is_complete"]
        and row.get("is_left_censored") is not True
    ]


def _pool(rows: Rows, period: int) -> tuple[int, int]:
    cells = counted(rows, period)
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
    )
    return triangle(rows, shape, words)
