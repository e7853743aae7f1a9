"""Vega-Lite -> SVG, made fit for the page.

Room:  tell. Imports errors, and alone: vl_convert (the extra `report`), when the first chart is drawn.
In:    a specification.  Out: SVG text without size, ids or words of its own; CommandError without the extra.

vl-convert draws by Vega itself, without a browser and without a network. What is left in the SVG scales
with its box; a mark's text stays as `data-tip`, which the page shows on hover. Screen readers read the
title, the sentence and the table of the figure instead: the drawing is one image.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from retention_pipeline.errors import CommandError

_SIZE = re.compile(r'<svg[^>]*?width="([\d.]+)" height="([\d.]+)"[^>]*>')
_ROLES = re.compile(r' (?:role|aria-roledescription)="[^"]*"')
_HIDDEN = re.compile(r' aria-hidden="true"')
_CLASSES = re.compile(r' class="(?:mark-|role-|background|foreground)[^"]*"')
_QUIET = re.compile(r' (?:font-family="[^"]*"|pointer-events="none"|opacity="1"|stroke-width="1")')
_EMPTY = re.compile(r'<path(?: d="M[^"]*")?(?: display="none")?/>|<g></g>')
_NUMBERS = re.compile(r"-?\d+\.\d{2,}")
_PLACES = re.compile(r' (d|transform|x1|x2|y1|y2|x|y)="([^"]*)"')
_IDS = re.compile(r'(id="|url\(#)(clip\d+)')


def draw(spec: Mapping[str, Any], name: str) -> str:
    """The SVG of `spec`; `name` makes its ids unique in the page."""
    try:
        import vl_convert
    except ImportError:
        raise CommandError(
            "drawing the report needs vl-convert, which is not installed",
            fix='pip install "retention_pipeline[report]"',
        ) from None
    return fit(vl_convert.vegalite_to_svg(json.dumps(spec)), name)


def fit(svg: str, name: str) -> str:
    """Take out of a drawing what the page says itself, or says nothing."""
    size = _SIZE.search(svg)
    assert size, "vl-convert gives every drawing a size"
    body = svg[size.end() : svg.rindex("</svg>")]
    body = body.replace('aria-label="', 'data-tip="')
    for pattern in (_ROLES, _HIDDEN, _CLASSES, _QUIET):
        body = pattern.sub("", body)
    body = _PLACES.sub(_round, body)
    for _ in range(3):
        body = _EMPTY.sub("", body)
    body = _IDS.sub(rf"\g<1>{name}-\g<2>", body)
    box = f"0 0 {float(size[1]):.0f} {float(size[2]):.0f}"
    return f'<svg viewBox="{box}" aria-hidden="true" focusable="false">{body}</svg>'


def _round(found: re.Match[str]) -> str:
    text = _NUMBERS.sub(lambda n: f"{float(n[0]):.1f}".removesuffix(".0"), found[2])
    return f' {found[1]}="{text}"'
