"""Sections -> one HTML page that needs nothing else.

Room:  tell. Imports drawing, published, tables and the sections; alone of the report: jinja2.
In:    the published file.  Out: the text of the page.

Everything that comes from a mart is escaped; only drawings and our own CSS and script go in as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from retention_pipeline.reporting import buying, cohorts, curves, people, proof, voice
from retention_pipeline.reporting.actions import (
    accounts_section,
    campaigns_section,
    warnings_section,
)
from retention_pipeline.reporting.blocks import Figure, Section, Tile
from retention_pipeline.reporting.drawing import draw
from retention_pipeline.reporting.headline import tiles
from retention_pipeline.reporting.published import Published
from retention_pipeline.reporting.revenue import revenue_section
from retention_pipeline.reporting.tables import day, moment

_HERE = Path(__file__).parent
SECTIONS: tuple[Callable[[Published], Section], ...] = (
    cohorts.cohorts_section,
    curves.curves_section,
    revenue_section,
    buying.segments_section,
    buying.repeat_section,
    people.lifecycle_section,
    people.activation_section,
    voice.nps_section,
    campaigns_section,
    accounts_section,
    warnings_section,
    proof.checks_section,
    proof.policies_section,
    proof.freshness_section,
)


@cache
def _environment() -> Environment:
    loader = FileSystemLoader(_HERE)
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined)


def render(data: Published) -> str:
    """The whole page."""
    environment = _environment()
    headline = tiles(data)
    sections = [make(data) for make in SECTIONS]
    return environment.get_template("report.html.j2").render(
        build=data.build,
        as_of=day(data.as_of),
        built_at=moment(data.build.built_at),
        cut=data.cut is not None,
        proofs=_proofs(data),
        tiles=headline,
        sections=sections,
        drawings=_drawings(headline, sections),
        css=Markup(environment.get_template("report.css").render()),  # noqa: S704 - our own text
        js=Markup((_HERE / "report.js").read_text(encoding="utf-8")),  # noqa: S704
    )


def _drawings(headline: Sequence[Tile], sections: Sequence[Section]) -> dict[str, Markup]:
    specs = {tile.name: tile.trend for tile in headline if tile.trend is not None}
    for block in (block for section in sections for block in section.blocks):
        if isinstance(block, Figure):
            specs |= {f"{block.name}-wide": block.wide, f"{block.name}-narrow": block.narrow}
    return {name: Markup(draw(spec, name)) for name, spec in specs.items()}  # noqa: S704


def _proofs(data: Published) -> str:
    """'1,655 tests passed, 63 of 63 totals reconcile'."""
    said = []
    if "test_results" in data.marts:
        rows = data.rows(
            "select count(*) as n, count(*) filter (status in ('ok', 'pass')) as good from marts.test_results"
        )
        n, good = rows[0]["n"], rows[0]["good"]
        said.append(f"{good:,} tests passed" + (f", {n - good:,} warn" if n > good else ""))
    if "metric_reconciliation" in data.marts:
        rows = data.rows(
            "select count(*) as n, count(*) filter (is_ok) as good from marts.metric_reconciliation"
        )
        said.append(f"{rows[0]['good']:,} of {rows[0]['n']:,} totals reconcile")
    return "; ".join(said)
