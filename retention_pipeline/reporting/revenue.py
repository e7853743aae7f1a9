"""Recurring revenue: MRR, its movements, NRR and GRR, customers lost.

Room:  tell. Imports blocks, figures, marks, parts, published, tables.
In:    the published file.  Out: a Section.
"""

from __future__ import annotations

from collections.abc import Sequence

from retention_pipeline.quoting import literal
from retention_pipeline.reporting import figures
from retention_pipeline.reporting.blocks import Figure, Legend, Section
from retention_pipeline.reporting.marks import COUNTS, PERCENT, Axis, Series, Step, both
from retention_pipeline.reporting.parts import (
    Part,
    amount_points,
    count_points,
    latest,
    money_views,
    rate_points,
    retention_rows,
    section,
    tail,
)
from retention_pipeline.reporting.published import MONTH_END, Missing, Published
from retention_pipeline.reporting.tables import (
    Kind,
    Row,
    Rows,
    Table,
    columns,
    money,
    month,
    percent,
    signed,
)

_WATERFALL = columns(
    ("month", "Month", Kind.MONTH),
    ("opening_mrr", "Opening", Kind.MONEY),
    ("new_mrr", "New", Kind.MONEY),
    ("reactivation_mrr", "Reactivation", Kind.MONEY),
    ("expansion_mrr", "Expansion", Kind.MONEY),
    ("contraction_mrr", "Contraction", Kind.MONEY),
    ("churned_mrr", "Churn", Kind.MONEY),
    ("fx_mrr", "Exchange rates", Kind.MONEY),
    ("closing_mrr", "Closing", Kind.MONEY),
    ("paying_customers", "Paying customers", Kind.COUNT),
    ("quick_ratio", "Quick ratio", Kind.NUMBER),
)
# column, name, colour, sign
_MOVES = (
    ("new_mrr", "New", 1, 1),
    ("reactivation_mrr", "Reactivation", 3, 1),
    ("expansion_mrr", "Expansion", 6, 1),
    ("contraction_mrr", "Contraction", 5, -1),
    ("churned_mrr", "Churn", 2, -1),
)
_RETENTION = columns(
    ("month", "Month", Kind.MONTH),
    ("base_month", "Compared with", Kind.MONTH),
    ("base_customers", "Customers then", Kind.COUNT),
    ("opening_mrr", "MRR then", Kind.MONEY),
    ("expansion_mrr", "Expansion", Kind.MONEY),
    ("contraction_mrr", "Contraction", Kind.MONEY),
    ("churned_mrr", "Churn", Kind.MONEY),
    ("nrr", "NRR", Kind.RATE),
    ("grr", "GRR", Kind.RATE),
)
_LOGOS = columns(
    ("month", "Month", Kind.MONTH),
    ("opening_customers", "Opening", Kind.COUNT),
    ("new_customers", "New", Kind.COUNT),
    ("reactivated_customers", "Reactivated", Kind.COUNT),
    ("churned_customers", "Churned", Kind.COUNT),
    ("churned_customers_voluntary", "by choice", Kind.COUNT),
    ("churned_customers_involuntary", "by failed payment", Kind.COUNT),
    ("churned_customers_other", "other", Kind.COUNT),
    ("closing_customers", "Closing", Kind.COUNT),
    ("customer_churn_rate", "Churn rate", Kind.RATE),
    ("avg_customer_lifetime_months", "Lifetime, months", Kind.NUMBER),
)


def revenue_section(data: Published) -> Section:
    return section(
        data,
        "revenue",
        (
            "Recurring revenue",
            "What is recurring revenue made of, and how much of it stays?",
            "Monthly recurring revenue and its movements; the revenue that last year's customers still pay; "
            "the customers who left, by choice or because a payment failed.",
        ),
        [
            Part("MRR and its movements", "subscriptions", waterfalls),
            Part("NRR and GRR", "subscriptions", retentions),
            Part("customers lost", "subscriptions or orders", logos),
        ],
    )


def waterfalls(data: Published) -> Sequence[Figure]:
    return [
        figure
        for view, currency in money_views(data, "mrr_waterfall")
        for figure in _waterfall(data, view, currency)
    ]


def _waterfall(data: Published, view: str, currency: str) -> list[Figure]:
    rows = tail(
        data.ask(
            "mrr_waterfall",
            _WATERFALL,
            where=f"view = {literal(view)} and currency = {literal(currency)}",
            order="month",
            until=MONTH_END,
        )
    )
    table = Table(
        f"MRR movements by month, {currency}, {view} view", "mrr_waterfall", _WATERFALL, rows
    )
    last = latest(rows, "closing_mrr")
    found = [_bridge(last, table, view)] if last else []
    series = [
        Series(name, number, amount_points(rows, column, name, sign=sign))
        for column, name, number, sign in _MOVES
    ]
    wide, narrow = both(lambda size: figures.bars(series, Axis("~s"), size))
    net = sum((row["closing_mrr"] - row["opening_mrr"] for row in rows), start=0)
    reading = (
        f"From {month(rows[0]['month'])} to {month(rows[-1]['month'])} MRR went from "
        f"{money(rows[0]['opening_mrr'], currency)} to {money(rows[-1]['closing_mrr'], currency)}"
        f" ({'+' if net >= 0 else ''}{money(net, currency)})."
    )
    moves = Figure(
        f"mrr-movements-{view}-{currency}".lower(),
        f"MRR movements by month, {currency}",
        reading,
        "mrr_waterfall.new_mrr, reactivation_mrr, expansion_mrr, contraction_mrr, churned_mrr",
        wide,
        narrow,
        table,
        [Legend(name, number) for _, name, number, _ in _MOVES],
    )
    return [*found, moves]


def _bridge(row: Row, table: Table, view: str) -> Figure:
    currency = str(row["currency"])
    moves = [*_MOVES]
    if row["fx_mrr"]:
        moves.append(("fx_mrr", "Exchange", 7, 1))
    opening, closing = row["opening_mrr"], row["closing_mrr"]
    at = float(opening)
    steps = [Step("Opening", 0, at, 7, f"{opening:,.0f}", f"Opening: {money(opening, currency)}")]
    for column, name, number, sign in moves:
        amount = row[column] * sign
        end = at + float(amount)
        steps.append(
            Step(name, at, end, number, signed(amount, 0), f"{name}: {money(amount, currency)}")
        )
        at = end
    tip = f"Closing: {money(closing, currency)}"
    steps.append(Step("Closing", 0, float(closing), 7, f"{closing:,.0f}", tip))
    wide, narrow = both(lambda size: figures.bridge(steps, Axis("~s"), size))
    gained = row["new_mrr"] + row["reactivation_mrr"] + row["expansion_mrr"]
    lost = row["contraction_mrr"] + row["churned_mrr"]
    return Figure(
        f"mrr-waterfall-{view}-{currency}".lower(),
        f"MRR waterfall, {month(row['month'])}, {currency}",
        f"{money(gained, currency)} gained and {money(lost, currency)} lost: "
        f"{money(row['closing_mrr'], currency)} at the end of the month.",
        "mrr_waterfall.opening_mrr … closing_mrr",
        wide,
        narrow,
        Table(f"MRR waterfall of {month(row['month'])}", table.mart, table.columns, [row]),
        note="The axis does not begin at zero, so that the movements can be seen."
        if figures.bridge_floor(steps)
        else "",
    )


def retentions(data: Published) -> Sequence[Figure]:
    found = [
        figure
        for view, currency in money_views(data, "revenue_retention")
        for window, words in (("1m", "from one month to the next"), ("12m", "over twelve months"))
        for figure in _retention(data, view, currency, window, words)
    ]
    if not found:
        raise Missing("revenue_retention", "has no month with a base yet")
    return found


def _retention(data: Published, view: str, currency: str, window: str, words: str) -> list[Figure]:
    partial = ["nrr_partial", "grr_partial"]
    rows = tail(retention_rows(data, view, currency, window, [*_RETENTION, *partial]))
    if all(row["nrr"] is None and row["nrr_partial"] is None for row in rows):
        return []
    series = [
        Series("NRR", 1, rate_points(rows, "nrr", month, "month")),
        Series("GRR", 2, rate_points(rows, "grr", month, "month"), dashed=True),
    ]
    axis = Axis(".0%", zero=False)
    wide, narrow = both(lambda size: figures.lines(series, axis, size))
    return [
        Figure(
            f"retention-{window}-{view}-{currency}".lower(),
            f"Net and gross revenue retention {words}, {currency}",
            _retained(rows, currency),
            "revenue_retention.nrr, grr",
            wide,
            narrow,
            Table(
                f"Revenue retention, window {window}, {currency}",
                "revenue_retention",
                _RETENTION,
                rows,
            ),
            [Legend("NRR: with expansion", 1, "line"), Legend("GRR: without", 2, "dash")],
            note="The axis does not begin at zero.",
        )
    ]


def _retained(rows: Rows, currency: str) -> str:
    row = latest(rows, "nrr")
    if row is None:
        return "No complete month has a base yet."
    return (
        f"Of {money(row['opening_mrr'], currency)} MRR in {month(row['base_month'])}, "
        f"{percent(row['grr'])} was still paid in {month(row['month'])}, {percent(row['nrr'])} with expansion."
    )


def logos(data: Published) -> Sequence[Figure]:
    rows = tail(
        data.ask(
            "logo_churn",
            [*_LOGOS, "basis", "customer_churn_rate_partial", "churn_after_days"],
            where="segment_type = 'all'",
            order="month",
            until=MONTH_END,
        )
    )
    basis = str(rows[-1]["basis"])
    table = Table(f"Customers by month, basis: {basis}", "logo_churn", _LOGOS, rows)
    kinds = [
        ("churned_customers_voluntary", "By choice", 1),
        ("churned_customers_involuntary", "By failed payment", 2),
        ("churned_customers_other", _other(rows[-1]), 7),
    ]
    shown = [k for k in kinds if any(row[k[0]] for row in rows)] or kinds[:1]
    series = [
        Series(name, number, count_points(rows, column, name, month, "month"))
        for column, name, number in shown
    ]
    wide, narrow = both(lambda size: figures.bars(series, COUNTS, size))
    lost = Figure(
        "logo-churn",
        "Customers lost by month",
        _lost(rows),
        "logo_churn.churned_customers_voluntary, churned_customers_involuntary, churned_customers_other",
        wide,
        narrow,
        table,
        [Legend(name, number) for _, name, number in shown],
        note=_basis(rows[-1]),
    )
    return [lost, *_churn_rate(rows)]


def _churn_rate(rows: Rows) -> list[Figure]:
    points = rate_points(rows, "customer_churn_rate", month, "month")
    if all(point.y is None for point in points):
        return []
    churn = [Series("Churn", 2, points)]
    wide, narrow = both(lambda size: figures.lines(churn, PERCENT, size))
    shown = [column for column in _LOGOS if column.name in _RATE_COLUMNS]
    return [
        Figure(
            "churn-rate",
            "Customer churn rate",
            _rate(rows),
            "logo_churn.customer_churn_rate",
            wide,
            narrow,
            Table("Customer churn rate by month", "logo_churn", shown, rows),
        )
    ]


_RATE_COLUMNS = {"month", "opening_customers", "churned_customers", "customer_churn_rate"}


def _other(row: Row) -> str:
    return "Other" if row["basis"] != "orders" else f"No order for {row['churn_after_days']} days"


def _basis(row: Row) -> str:
    if row["basis"] != "orders":
        return ""
    return f"No subscriptions: a customer counts as lost after {row['churn_after_days']} days without an order."


def _lost(rows: Rows) -> str:
    row = latest(rows, "customer_churn_rate")
    if row is None:
        return "No complete month has a base yet."
    lost = f"{row['churned_customers']:,} of {row['opening_customers']:,} customers left"
    failed = row["churned_customers_involuntary"]
    why = f", {failed:,} of them because a payment failed" if row["basis"] != "orders" else ""
    return f"{month(row['month'])}: {lost}{why}."


def _rate(rows: Rows) -> str:
    known = [row for row in rows if row["customer_churn_rate"] is not None]
    if not known:
        return "No complete month has a base yet."
    if len(known) == 1:
        return f"{percent(known[0]['customer_churn_rate'])} in {month(known[0]['month'])}."
    last, most = known[-1], max(known, key=lambda row: float(row["customer_churn_rate"]))
    return (
        f"{percent(last['customer_churn_rate'])} in {month(last['month'])}; "
        f"the highest of the {len(known)} months was {percent(most['customer_churn_rate'])} "
        f"in {month(most['month'])}."
    )
