"""What customers say: NPS with its margin.

Room:  tell. Imports blocks, figures, marks, parts, published, tables.
In:    the published file.  Out: a Section; the rows and points that the headline shows, too.
"""

from __future__ import annotations

from collections.abc import Sequence

from retention_pipeline.reporting import figures
from retention_pipeline.reporting.blocks import Figure, Legend, Section
from retention_pipeline.reporting.marks import COUNTS, Axis, Point, Series, both
from retention_pipeline.reporting.parts import Part, count_points, latest, section, so_far, tail
from retention_pipeline.reporting.published import Published
from retention_pipeline.reporting.tables import Kind, Rows, Table, columns, quarter, signed

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
        [Part("NPS", "survey_responses", nps)],
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
    wide_bars, narrow_bars = both(lambda size: figures.bars(answers, COUNTS, size))
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
