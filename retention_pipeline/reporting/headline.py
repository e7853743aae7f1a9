"""The headline: six numbers, each with its trend, its period and how sure it is.

Room:  tell. Imports blocks, figures, marks, parts, published, voice, tables.
In:    the published file.  Out: Tiles; one whose mart is missing says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from retention_pipeline.quoting import literal
from retention_pipeline.reporting import figures
from retention_pipeline.reporting.blocks import Tile
from retention_pipeline.reporting.marks import Point
from retention_pipeline.reporting.parts import (
    Part,
    latest,
    money_views,
    needed,
    rate_points,
    retention_rows,
)
from retention_pipeline.reporting.published import MONTH_END, Missing, Published
from retention_pipeline.reporting.tables import (
    Kind,
    Row,
    Rows,
    Table,
    columns,
    exact,
    money,
    month,
    percent,
    quarter,
    signed,
)
from retention_pipeline.reporting.voice import nps_points, nps_rows

_NRR, _GRR = "Net revenue retention", "Gross revenue retention"
_TREND = 13  # a year and the month a year ago


def tiles(data: Published) -> list[Tile]:
    """The headline, always the same six; more where there are several currencies and none to report in."""
    found: list[Tile] = []
    for part, title in (
        (Part("mrr", "subscriptions", _mrr), "Monthly recurring revenue"),
        (Part("nrr", "subscriptions", lambda d: _retained(d, "nrr", _NRR)), _NRR),
        (Part("grr", "subscriptions", lambda d: _retained(d, "grr", _GRR)), _GRR),
        (Part("churn", "subscriptions or orders", _churn), "Customer churn"),
        (Part("repeat", "orders", _repeat), "Repeat rate"),
        (Part("nps", "survey_responses", _nps), "Net Promoter Score"),
    ):
        try:
            found += part.make(data)
        except Missing as reason:
            found.append(_absent(part, title, reason))
    return found


def _absent(part: Part, title: str, reason: Missing) -> Tile:
    said = f"Not shown: {reason}{needed(reason.reason, part.needs)}."
    return Tile(
        part.what, title, "no base", "", "", said, "", "even", "", reason.mart, None, "", None
    )


def _completeness(rows: Rows, row: Row, label: Callable[[date], str], place: str) -> str:
    """Whether the period is over, and what runs after it."""
    later = [r for r in rows if r[place] > row[place]]
    if not later:
        return "complete"
    return f"complete; {label(later[-1][place])} still runs"


def _before(rows: Rows, row: Row, column: str) -> Row | None:
    at = list(rows).index(row)
    return rows[at - 1] if at and rows[at - 1][column] is not None else None


def _tone(change: float, *, more_is_better: bool) -> str:
    if not change:
        return "even"
    return "good" if (change > 0) == more_is_better else "bad"


def _arrow(change: float) -> str:
    if not change:
        return "unchanged"
    return "▲" if change > 0 else "▼"


def _mrr(data: Published) -> Sequence[Tile]:
    shown = columns(
        ("month", "Month", Kind.MONTH),
        ("closing_mrr", "MRR", Kind.MONEY),
        ("paying_customers", "Paying customers", Kind.COUNT),
    )
    found = []
    for view, currency in money_views(data, "mrr_waterfall"):
        rows = data.ask(
            "mrr_waterfall",
            shown,
            where=f"view = {literal(view)} and currency = {literal(currency)}",
            order="month",
            until=MONTH_END,
        )[-_TREND:]
        row = latest(rows, "closing_mrr") or _none_yet("mrr_waterfall")
        before = _before(rows, row, "closing_mrr")
        change, tone = "", "even"
        if before is not None and before["closing_mrr"]:
            rate = float(row["closing_mrr"] / before["closing_mrr"] - 1)
            change = f"{_arrow(rate)} {signed(100 * rate)}% on {month(before['month'])}"
            tone = _tone(rate, more_is_better=True)
        points = [
            Point(
                month(r["month"]),
                float(r["closing_mrr"]),
                "",
                partial=r.get("is_complete") is False,
            )
            for r in rows
        ]
        found.append(
            Tile(
                f"mrr-{view}-{currency}".lower(),
                "Monthly recurring revenue",
                money(row["closing_mrr"], currency, 0),
                exact(row["closing_mrr"]),
                f"end of {month(row['month'])}",
                _completeness(rows, row, month, "month"),
                change,
                tone,
                f"{row['paying_customers']:,} paying customers",
                "mrr_waterfall.closing_mrr",
                figures.spark(points, 1),
                _trend(rows, "month", month),
                Table(f"MRR by month, {currency}", "mrr_waterfall", shown, rows),
            )
        )
    return found


def _none_yet(mart: str) -> Row:
    raise Missing(mart, "has no complete period with a base yet")


def _trend(rows: Rows, place: str, label: Callable[[date], str]) -> str:
    return f"{label(rows[0][place])} to {label(rows[-1][place])}"


def _retained(data: Published, column: str, title: str) -> Sequence[Tile]:
    """Over twelve months where history is long enough, else from one month to the next."""
    shown = columns(
        ("month", "Month", Kind.MONTH),
        ("opening_mrr", "MRR of the base", Kind.MONEY),
        (column, column.upper(), Kind.RATE),
    )
    found = []
    for view, currency in money_views(data, "revenue_retention"):
        for window, words in (("12m", "over 12 months"), ("1m", "over one month")):
            rows = retention_rows(
                data, view, currency, window, [*(c.name for c in shown), f"{column}_partial"]
            )
            row = latest(rows, column)
            if row is None:
                continue
            meaning = f"of {money(row['opening_mrr'], currency, 0)} MRR {words}"
            found.append(
                _rate_tile(
                    (f"{column}-{view}-{currency}".lower(), title, meaning, "revenue_retention"),
                    rows[-_TREND:],
                    column,
                    Table(
                        f"{column.upper()} {words}, {currency}",
                        "revenue_retention",
                        shown,
                        rows[-_TREND:],
                    ),
                    more_is_better=True,
                )
            )
            break
    if not found:
        _none_yet("revenue_retention")
    return found


def _rate_tile(
    words: tuple[str, str, str, str],
    rows: Rows,
    column: str,
    table: Table,
    *,
    more_is_better: bool,
    place: str = "month",
) -> Tile:
    name, title, meaning, mart = words
    row = latest(rows, column) or _none_yet(mart)
    before = _before(rows, row, column)
    change, tone = "", "even"
    if before is not None:
        points = 100 * (row[column] - before[column])
        change = f"{_arrow(points)} {signed(points)} points on {month(before[place])}"
        tone = _tone(points, more_is_better=more_is_better)
    return Tile(
        name,
        title,
        percent(row[column]),
        exact(row[column]),
        month(row[place]),
        _completeness(rows, row, month, place) + (", few customers" if row.get("is_low_n") else ""),
        change,
        tone,
        meaning,
        f"{mart}.{column}",
        figures.spark(rate_points(rows, column, month, place), 1 if more_is_better else 2),
        _trend(rows, place, month),
        table,
    )


def _churn(data: Published) -> Sequence[Tile]:
    shown = columns(
        ("month", "Month", Kind.MONTH),
        ("churned_customers", "Churned", Kind.COUNT),
        ("opening_customers", "Customers at the start", Kind.COUNT),
        ("customer_churn_rate", "Churn rate", Kind.RATE),
    )
    rows = data.ask(
        "logo_churn",
        [*shown, "customer_churn_rate_partial"],
        where="segment_type = 'all'",
        order="month",
        until=MONTH_END,
    )[-_TREND:]
    row: Any = latest(rows, "customer_churn_rate") or _none_yet("logo_churn")
    return [
        _rate_tile(
            (
                "churn",
                "Customer churn",
                f"{row['churned_customers']:,} of {row['opening_customers']:,} customers in the month",
                "logo_churn",
            ),
            rows,
            "customer_churn_rate",
            Table("Customer churn rate by month", "logo_churn", shown, rows),
            more_is_better=False,
        )
    ]


def _repeat(data: Published) -> Sequence[Tile]:
    shown = columns(
        ("period_start", "Month", Kind.MONTH),
        ("returning_customers", "Bought before", Kind.COUNT),
        ("active_customers", "Buyers", Kind.COUNT),
        ("returning_customer_rate", "Repeat rate", Kind.RATE),
    )
    rows = data.ask(
        "new_vs_returning",
        [*shown, "returning_customer_rate_partial"],
        where="period_grain = 'month'",
        order="period_start",
        until="period_end",
    )[-_TREND:]
    row: Any = latest(rows, "returning_customer_rate") or _none_yet("new_vs_returning")
    return [
        _rate_tile(
            (
                "repeat",
                "Repeat rate",
                f"{row['returning_customers']:,} of {row['active_customers']:,} buyers had bought before",
                "new_vs_returning",
            ),
            rows,
            "returning_customer_rate",
            Table("Buyers of the month who had bought before", "new_vs_returning", shown, rows),
            more_is_better=True,
            place="period_start",
        )
    ]


def _nps(data: Published) -> Sequence[Tile]:
    rows = nps_rows(data)
    row: Any = latest(rows, "nps") or _none_yet("nps")
    before = _before(rows, row, "nps")
    change, tone = "", "even"
    if before is not None:
        points = row["nps"] - before["nps"]
        change = f"{_arrow(points)} {signed(points)} on {quarter(before['period_start'])}"
        tone = _tone(points, more_is_better=True)
        if before["margin_95"] and row["margin_95"] and abs(points) < row["margin_95"]:
            change, tone = f"{change}, within chance", "even"
    margin = f"± {row['margin_95']:.0f}, " if row["margin_95"] is not None else ""
    shown = columns(
        ("period_start", "Quarter", Kind.QUARTER),
        ("responses", "Answers", Kind.COUNT),
        ("nps", "NPS", Kind.POINTS),
        ("margin_95", "± 95%", Kind.NUMBER),
    )
    return [
        Tile(
            "nps",
            "Net Promoter Score",
            signed(row["nps"], 0),
            exact(row["nps"]),
            quarter(row["period_start"]),
            _completeness(rows, row, quarter, "period_start")
            + (", few answers" if row.get("is_low_n") else ""),
            change,
            tone,
            f"{margin}{row['responses']:,} answers",
            "nps.nps",
            figures.spark([_plain(p) for p in nps_points(rows)], 1),
            _trend(rows, "period_start", quarter),
            Table("NPS by quarter", "nps", shown, rows),
        )
    ]


def _plain(point: Point) -> Point:
    return Point(point.x, point.y, "", partial=point.partial)
