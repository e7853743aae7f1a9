"""A report page taken apart: its tables with exact values, its ids, links and texts."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

_VOID = {"meta", "link", "br", "img", "input", "rect", "path", "line", "circle"}


@dataclass
class Cell:
    """A cell: what is seen, and the value behind it; None where a word stands for NULL."""

    tag: str
    attributes: dict[str, str]
    text: str = ""

    @property
    def classes(self) -> list[str]:
        return self.attributes.get("class", "").split()

    @property
    def value(self) -> str | None:
        if "none" in self.classes:
            return None
        return self.attributes.get("data-v", self.text)


@dataclass
class Table:
    attributes: dict[str, str]
    caption: str = ""
    rows: list[list[Cell]] = field(default_factory=list)
    row_classes: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.attributes.get("data-name", "")

    @property
    def mart(self) -> str:
        return self.attributes.get("data-mart", "")

    @property
    def columns(self) -> list[str]:
        return [cell.attributes.get("data-column", cell.text) for cell in self.rows[0]]

    @property
    def body(self) -> list[list[Cell]]:
        return self.rows[1:]

    def records(self) -> list[dict[str, str | None]]:
        """Rows by column name; a name that stands twice is a mistake of the report."""
        assert len(set(self.columns)) == len(self.columns)
        return [
            dict(zip(self.columns, [cell.value for cell in row], strict=True)) for row in self.body
        ]


class Page(HTMLParser):
    """One pass over a page."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: dict[str, Table] = {}
        self.all_tables: list[Table] = []
        self.ids: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.tips: list[str] = []
        self._table: Table | None = None
        self._cell: Cell | None = None
        self._in_caption = False
        self._open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.tags.append((tag, found))
        if tag not in _VOID:
            self._open.append(tag)
        if "id" in found:
            self.ids.append(found["id"])
        if "data-tip" in found:
            self.tips.append(found["data-tip"])
        if tag == "table":
            self._table = Table(found)
            self.all_tables.append(self._table)
            assert self._table.name not in self.tables, self._table.name
            self.tables[self._table.name] = self._table
        elif self._table is not None and tag == "tr":
            self._table.rows.append([])
            self._table.row_classes.append(found.get("class", ""))
        elif self._table is not None and tag in ("td", "th"):
            self._cell = Cell(tag, found)
            self._table.rows[-1].append(self._cell)
        elif tag == "caption":
            self._in_caption = True

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1] == tag:
            self._open.pop()
        if tag == "table":
            self._table = None
        elif tag in ("td", "th"):
            self._cell = None
        elif tag == "caption":
            self._in_caption = False

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] in ("script", "style"):
            return
        self.texts.append(data)
        if self._cell is not None:
            self._cell.text += data
        elif self._in_caption and self._table is not None:
            self._table.caption += data

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def named(self, tag: str) -> list[dict[str, Any]]:
        return [attributes for name, attributes in self.tags if name == tag]
