"""What a cell of a published mart says to a reader: columns, rows, texts.

Room:  tell. Imports nothing of ours.
In:    values as the engine gives them.  Out: Column, Cell, Table; every text of a number.

A value is shown rounded and kept exact beside it (`Cell.value`), so that tables sort, and tests compare,
by what the mart holds. NULL is never a number: it says why there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

Row = Mapping[str, Any]
Rows = Sequence[Row]

# Columns that say how far a row may be trusted; they are read wherever a mart has them.
FLAGS = ("currency", "is_complete", "is_low_n", "is_left_censored")


class Kind(Enum):
    """How values of a column are written."""

    TEXT = "text"
    WORD = "word"  # a category: shown without its underscores
    CODE = "code"
    MONTH = "month"
    QUARTER = "quarter"
    DATE = "date"
    MOMENT = "moment"
    COUNT = "count"
    NUMBER = "number"
    RATE = "rate"
    MONEY = "money"
    POINTS = "points"
    FLAG = "flag"


_DATES = {Kind.MONTH, Kind.QUARTER, Kind.DATE, Kind.MOMENT}
_NUMERIC = {Kind.COUNT, Kind.NUMBER, Kind.RATE, Kind.MONEY, Kind.POINTS}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a mart and how it is headed."""

    name: str
    label: str
    kind: Kind = Kind.TEXT

    @property
    def is_number(self) -> bool:
        return self.kind in _NUMERIC


@dataclass(frozen=True, slots=True)
class Cell:
    """What a reader sees, what is behind it, and how it is marked."""

    text: str
    value: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one mart under named columns."""

    caption: str
    mart: str
    columns: Sequence[Column]
    rows: Rows
    notes: Sequence[str] = field(default_factory=tuple)

    @property
    def currency(self) -> str:
        """The one currency of all rows, which then stands in the head; else in every cell."""
        found = {_currency(row) for row in self.rows}
        return found.pop() if len(found) == 1 else ""

    def head(self, column: Column) -> str:
        """A column's heading."""
        with_currency = column.kind is Kind.MONEY and self.currency
        return f"{column.label}, {self.currency}" if with_currency else column.label

    def cells(self, row: Row) -> list[Cell]:
        return [cell(column, row, not self.currency) for column in self.columns]

    def style(self, row: Row) -> str:
        """CSS classes of a row: what is incomplete, small or cut off on the left."""
        names = {"incomplete": row.get("is_complete") is False}
        names |= {"low-n": row.get("is_low_n") is True}
        names |= {"censored": row.get("is_left_censored") is True}
        return " ".join(name for name, holds in names.items() if holds)


def columns(*specs: tuple[str, str, Kind]) -> tuple[Column, ...]:
    """Columns from (name, label, kind)."""
    return tuple(Column(*spec) for spec in specs)


def cell(column: Column, row: Row, with_currency: bool = True) -> Cell:
    """One value of a row."""
    value = row.get(column.name)
    if value is None:
        return Cell(*_nothing(column, row))
    text = show(value, column.kind, _currency(row) if with_currency else "")
    style = "num" if column.is_number else "date" if column.kind in _DATES else ""
    return Cell(text, exact(value), style)


def _nothing(column: Column, row: Row) -> tuple[str, str, str]:
    """NULL in words: the period is not over, or there is nothing to divide by, or nothing is known."""
    if column.kind not in (Kind.RATE, Kind.NUMBER, Kind.MONEY, Kind.POINTS):
        return ("–", "", "none")
    reason = "incomplete" if row.get("is_complete") is False else "no base"
    return (reason, "", "num none")


def _currency(row: Row) -> str:
    return str(row.get("currency") or "")


def exact(value: Any) -> str:
    """The value itself as text: what sorting and comparing use."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, float):
        return repr(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def show(value: Any, kind: Kind, currency: str = "") -> str:
    """The value as people read it."""
    if value is None:
        return "no base"
    return _SHOWN[kind](value, currency)


def month(value: date) -> str:
    return f"{value:%b %Y}"


def quarter(value: date) -> str:
    return f"Q{(value.month + 2) // 3} {value.year}"


def day(value: date) -> str:
    return f"{value.day} {value:%b %Y}"


def moment(value: Any) -> str:
    return f"{day(value)} {value:%H:%M} UTC" if isinstance(value, datetime) else str(value)


def percent(value: float | None, digits: int = 1) -> str:
    return "no base" if value is None else f"{value:.{digits}%}"


def signed(value: float, digits: int = 1) -> str:
    """A number with its sign; the minus is a real one."""
    text = f"{abs(value):,.{digits}f}"
    if float(text.replace(",", "")) == 0:
        return text
    return f"{'+' if value > 0 else '−'}{text}"


def money(value: Any, currency: str, digits: int = 2) -> str:
    text = f"{abs(value):,.{digits}f}"
    sign = "−" if value < 0 and float(text.replace(",", "")) else ""
    return f"{sign}{currency} {text}" if currency else f"{sign}{text}"


def _flag(value: Any, _: str) -> str:
    return "yes" if value else "no"


_SHOWN: dict[Kind, Callable[[Any, str], str]] = {
    Kind.TEXT: lambda v, _: str(v),
    Kind.WORD: lambda v, _: str(v).replace("_", " "),
    Kind.CODE: lambda v, _: str(v),
    Kind.MONTH: lambda v, _: month(v),
    Kind.QUARTER: lambda v, _: quarter(v),
    Kind.DATE: lambda v, _: day(v),
    Kind.MOMENT: lambda v, _: moment(v),
    Kind.COUNT: lambda v, _: f"{v:,}",
    Kind.NUMBER: lambda v, _: f"{v:,.2f}".replace("-", "−"),
    Kind.RATE: lambda v, _: percent(v).replace("-", "−"),
    Kind.MONEY: money,
    Kind.POINTS: lambda v, _: signed(v),
    Kind.FLAG: _flag,
}
