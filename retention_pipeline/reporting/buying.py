"""Buying: RFM grid and segments, the repeat ladder, time between orders.

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
from retention_pipeline.reporting.marks import PERCENT, Point, Series, both
from retention_pipeline.reporting.parts import Part, section
from retention_pipeline.reporting.published import Missing, Published
from retention_pipeline.reporting.tables import (
    Kind,
    Row,
    Rows,
    Table,
    columns,
    day,
    money,
    percent,
    show,
)

_STEPS = 8  # n-th orders shown; the mart has all
_SEGMENTS = columns(
    ("segment", "Segment", Kind.TEXT),
    ("customers", "Customers", Kind.COUNT),
    ("customer_share", "of all", Kind.RATE),
    ("revenue", "Net revenue", Kind.MONEY),
    ("revenue_share", "of all", Kind.RATE),
)
_LADDER = columns(
    ("order_number", "After order", Kind.COUNT),
    ("window_days", "Within days", Kind.COUNT),
    ("customers_reached", "Customers", Kind.COUNT),
    ("customers_next", "ordered again so far", Kind.COUNT),
    ("p_next_raw", "Raw share", Kind.RATE),
    ("mature_customers", "Window over", Kind.COUNT),
    ("next_within_window", "ordered within it", Kind.COUNT),
    ("p_next_window", "Share in window", Kind.RATE),
    ("p_next_km", "Kaplan-Meier", Kind.RATE),
)
_GAPS = columns(
    ("order_number", "After order", Kind.COUNT),
    ("gaps", "Gaps", Kind.COUNT),
    ("mean_days", "Mean days", Kind.NUMBER),
    ("p25_days", "25%", Kind.NUMBER),
    ("median_days", "Median", Kind.NUMBER),
    ("p75_days", "75%", Kind.NUMBER),
    ("p90_days", "90%", Kind.NUMBER),
)


def segments_section(data: Published) -> Section:
    return section(
        data,
        "segments",
        (
            "Customer segments",
            "Who are the best customers, and who is slipping away?",
            "Recency, frequency and money, each scored from 1 to 5 against all other buyers. "
            "Top right are those who buy often and bought lately.",
        ),
        [Part("RFM", "orders", rfm)],
    )


def repeat_section(data: Published) -> Section:
    return section(
        data,
        "repeat",
        (
            "Repeat purchase",
            "How likely is the next order, and when does it come?",
            "The raw share is biased low, because recent buyers had no time yet; the windowed share counts only "
            "those whose window is over, Kaplan-Meier uses everybody for as long as they were seen.",
        ),
        [Part("repeat ladder", "orders", ladder), Part("time between orders", "orders", gaps)],
    )


# -- RFM ------------------------------------------------------------------------------------------
def rfm(data: Published) -> Sequence[Any]:
    last = data.ask(
        "rfm_segments", ["snapshot_date"], order="snapshot_date desc limit 1", until="snapshot_date"
    )
    snapshot = last[0]["snapshot_date"]
    cells = data.rows(
        "select r, fm, min(segment) as segment, count(distinct segment) as segments, count(*) as customers,"
        " cast(sum(monetary) as decimal(18, 4)) as revenue, min(currency) as currency from marts.rfm_segments"
        f" where snapshot_date = {literal(str(snapshot))} and r is not null group by r, fm"
    )
    if not cells:
        raise Missing("rfm_segments", "has no buyers")
    rows = data.rows(
        "select segment, count(*) as customers, count(*) / sum(count(*)) over () as customer_share,"
        " cast(sum(monetary) as decimal(18, 4)) as revenue,"
        " cast(sum(monetary) / nullif(sum(sum(monetary)) over (), 0) as double) as revenue_share,"
        " min(currency) as currency"
        f" from marts.rfm_segments where snapshot_date = {literal(str(snapshot))}"
        " group by segment order by revenue desc, segment"
    )
    when = day(snapshot)
    return [_grid(cells, when), _segments(rows, when)]


def _grid(cells: Rows, when: str) -> Matrix:
    found = {(row["r"], row["fm"]): row for row in cells}
    total = sum(row["customers"] for row in cells)
    top = max(row["customers"] for row in cells)
    matrix = [
        MatrixRow(str(fm), "", [_grid_cell(found.get((r, fm)), top, total) for r in range(1, 6)])
        for fm in range(5, 0, -1)
    ]
    largest = max(cells, key=lambda row: int(row["customers"]))
    table = Table(
        f"Customers by score on {when}",
        "rfm_segments",
        columns(
            ("r", "Recency score", Kind.COUNT),
            ("fm", "Frequency and money score", Kind.COUNT),
            ("segment", "Segment", Kind.TEXT),
            ("customers", "Customers", Kind.COUNT),
            ("revenue", "Net revenue", Kind.MONEY),
        ),
        sorted(cells, key=lambda row: (-row["r"], -row["fm"])),
    )
    return Matrix(
        "rfm-grid",
        f"RFM grid on {when}",
        f"The fullest cell is {largest['segment']} with {largest['customers']:,} of {total:,} buyers.",
        "rfm_segments.r, fm, segment",
        "Frequency and money ↑",
        "",
        [f"Recency {r}" for r in range(1, 6)],
        matrix,
        key="number of customers, from none to the most",
        form="grid",
        table=table,
    )


def _grid_cell(row: Row | None, top: int, total: int) -> MatrixCell:
    if row is None:
        return MatrixCell("0", "0", "nobody", 0.0)
    name = row["segment"] if row["segments"] == 1 else "several segments"
    tip = (
        f"{name}: {row['customers']:,} customers, {percent(row['customers'] / total)} of buyers, "
        f"{money(row['revenue'], str(row['currency'] or ''))}"
    )
    shade = row["customers"] / top
    return MatrixCell(f"{row['customers']:,}", str(row["customers"]), tip, shade, "", str(name))


def _segments(rows: Rows, when: str) -> Listing:
    first = next((row for row in rows if row["revenue_share"] is not None), rows[0])
    reading = (
        f"{first['segment']} are {percent(first['customer_share'])} of the customers"
        f" and bring {show(first['revenue_share'], Kind.RATE)} of the revenue."
    )
    return Listing(
        "rfm-segments",
        f"Segments by size and revenue on {when}",
        reading,
        "rfm_segments.segment, monetary",
        Table(f"RFM segments on {when}", "rfm_segments", _SEGMENTS, rows),
        {
            name: max((float(row[name]) for row in rows if row[name] is not None), default=1.0)
            for name in ("customer_share", "revenue_share")
        },
    )


# -- the next order -------------------------------------------------------------------------------
def ladder(data: Published) -> Sequence[Figure]:
    rows = data.ask(
        "repeat_purchase_ladder",
        [*_LADDER, "is_km_extrapolated"],
        where=f"segment_type = 'all' and order_number <= {_STEPS}",
        order="order_number, window_days",
    )
    windows = sorted({row["window_days"] for row in rows})
    chosen = _middle(windows)
    first = [row for row in rows if row["window_days"] == chosen]
    series = [
        Series(
            f"within {chosen} days",
            1,
            _ladder_points(first, "p_next_window", "next_within_window", "mature_customers"),
        ),
        Series(
            "ever so far",
            7,
            _ladder_points(first, "p_next_raw", "customers_next", "customers_reached"),
            True,
        ),
    ]
    wide, narrow = both(lambda size: figures.lines(series, PERCENT, size))
    return [
        Figure(
            "repeat-ladder",
            f"Share of customers who order once more, within {chosen} days",
            _ladder_sentence(first, chosen),
            "repeat_purchase_ladder.p_next_window, p_next_raw",
            wide,
            narrow,
            Table(
                "Next order by number of orders and window", "repeat_purchase_ladder", _LADDER, rows
            ),
            [
                Legend(f"within {chosen} days, of those whose window is over", 1, "line"),
                Legend("ever so far, of all (biased low)", 7, "dash"),
            ],
        )
    ]


def _middle(windows: Sequence[int]) -> int:
    return 90 if 90 in windows else windows[len(windows) // 2]


def _ladder_points(rows: Rows, column: str, count: str, base: str) -> list[Point]:
    return [
        Point(
            _nth(row["order_number"]),
            row[column],
            f"after the {_nth(row['order_number'])} order: "
            + (
                "no base"
                if row[column] is None
                else f"{percent(row[column])}, {row[count]:,} of {row[base]:,}"
            ),
        )
        for row in rows
    ]


def _nth(number: int) -> str:
    return f"{number}{({1: 'st', 2: 'nd', 3: 'rd'}).get(number, 'th')}"


def _ladder_sentence(rows: Rows, window: int) -> str:
    known = [row for row in rows[:3] if row["p_next_window"] is not None]
    if not known:
        return f"Nobody's {window} days are over yet."
    said = [
        f"{percent(row['p_next_window'], 0)} after the {_nth(row['order_number'])}" for row in known
    ]
    return f"Within {window} days of an order the next one comes for {', '.join(said)}."


def gaps(data: Published) -> Sequence[Figure]:
    rows = data.ask(
        "interpurchase_time",
        _GAPS,
        where=f"segment_type = 'all' and order_number <= {_STEPS} and median_days is not null",
        order="order_number",
    )
    values = [
        {
            "x": "all"
            if row["order_number"] == 0
            else f"{row['order_number']}→{row['order_number'] + 1}",
            "p25": row["p25_days"],
            "p50": row["median_days"],
            "p75": row["p75_days"],
            "p90": row["p90_days"],
            "tip": f"median {row['median_days']:.0f} days, half between {row['p25_days']:.0f} and "
            f"{row['p75_days']:.0f}, nine in ten within {row['p90_days']:.0f} ({row['gaps']:,} gaps)",
        }
        for row in rows
    ]
    wide, narrow = both(lambda size: figures.ranges(values, size, "days"))
    whole = next((row for row in rows if row["order_number"] == 0), rows[0])
    return [
        Figure(
            "time-between-orders",
            "Days from one order to the next",
            f"Half of all next orders come within {whole['median_days']:.0f} days, "
            f"nine in ten within {whole['p90_days']:.0f}.",
            "interpurchase_time.p25_days, median_days, p75_days, p90_days",
            wide,
            narrow,
            Table(
                "Days between orders; order 0 is all gaps together",
                "interpurchase_time",
                _GAPS,
                rows,
            ),
            [
                Legend("the middle half, with the median", 1, "bar"),
                Legend("up to nine in ten", 1, "line"),
            ],
        )
    ]
