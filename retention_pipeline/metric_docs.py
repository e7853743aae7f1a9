"""Markdown files -> what each metric column means, to be shown beside it.

Room:  read. Imports nothing of ours.
In:    texts with sections `### model` that hold a table whose first column is named `column`.
Out:   MetricDocs: the sentences before the table, and for each column its cells by heading.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*$")
_NAME = re.compile(r"`?(\w+)`?$")
_CELL = re.compile(r"(?<!\\)\|")


@dataclass
class MetricDocs:
    """One model's section: `columns` is name -> [(heading, text)]."""

    intro: str = ""
    columns: dict[str, list[tuple[str, str]]] = field(default_factory=dict)


def read_metric_docs(texts: Iterable[str]) -> dict[str, MetricDocs]:
    """Sections of all texts by the name in their heading; those without such a table are left out."""
    found: dict[str, MetricDocs] = {}
    for text in texts:
        for name, lines in _sections(text):
            docs = found.setdefault(name, MetricDocs())
            _read(lines, docs)
    return {name: docs for name, docs in found.items() if docs.columns}


def _sections(text: str) -> Iterable[tuple[str, list[str]]]:
    name, lines = "", list[str]()
    for line in text.splitlines():
        heading = _HEADING.match(line)
        if heading is None:
            lines.append(line)
            continue
        if name:
            yield name, lines
        plain = _NAME.match(heading[1])
        name, lines = (plain[1] if plain else ""), []
    if name:
        yield name, lines


def _read(lines: list[str], docs: MetricDocs) -> None:
    headings: list[str] = []
    before: list[str] = []
    for line in lines:
        cells = _cells(line)
        if not cells:
            headings = []
            if not docs.columns:
                before.append(line)
        elif cells[0].lower() == "column":
            headings = cells
        elif headings and not set("".join(cells)) <= set("-: "):
            pairs = [(h, c) for h, c in zip(headings[1:], cells[1:], strict=False) if c]
            for column in re.findall(r"`(\w+)`", cells[0]):
                docs.columns.setdefault(column, pairs)
    if before and not docs.intro:
        docs.intro = _paragraphs(before)


def _paragraphs(lines: list[str]) -> str:
    """Paragraphs without a list or a code block, lines joined."""
    blocks = "\n".join(lines).strip().split("\n\n")
    kept = [
        " ".join(b.split())
        for b in blocks
        if b and not b.lstrip().startswith(("-", "```", "|", "*"))
    ]
    return "\n\n".join(kept)


def _cells(line: str) -> list[str]:
    text = line.strip()
    if not text.startswith("|"):
        return []
    return [cell.strip().replace("\\|", "|") for cell in _CELL.split(text.strip("|"))]
