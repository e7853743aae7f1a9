"""How a section is put together from parts, and what several sections need.

Room:  tell. Imports blocks, figures, marks, published, tables.
In:    functions that make blocks.  Out: Section; one line in place of parts whose marts are missing or empty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from retention_pipeline.quoting import literal
from retention_pipeline.reporting.blocks import Note, Section
from retention_pipeline.reporting.marks import Point
from retention_pipeline.reporting.published import MONTH_END, Missing, Published
from retention_pipeline.reporting.tables import Column, Row, Rows, money, month, percent


@dataclass(frozen=True, slots=True)
class Part:
    """Something a section shows, and the inputs it cannot do without."""

    what: str
    needs: str
    make: Callable[[Published], Sequence[Any]]


MOST_PERIODS = 24  # a page holds two years; the marts hold all


def section(
    data: Published, name: str, words: tuple[str, str, str], parts: Sequence[Part]
) -> Section:
    """The blocks of every part; a part whose marts are missing becomes one line, so does a whole section."""
    eyebrow, title, lede = words
    blocks: list[Any] = []
    missing: list[tuple[Part, Missing]] = []
    for part in parts:
        try:
            blocks += part.make(data)
        except Missing as absent:
            missing.append((part, absent))
    said = [Note(_because(missing))] if missing else []
    return Section(name, eyebrow, title, lede, [*blocks, *said], is_missing=not blocks)


def _because(missing: Sequence[tuple[Part, Missing]]) -> str:
    """'Not shown: waterfall, NRR and GRR (mrr_waterfall, revenue_retention have no rows; it takes subscriptions).'"""
    groups: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for part, absent in missing:
        groups.setdefault((absent.reason, part.needs), []).append((part.what, absent.mart))
    said = []
    for (reason, needs), found in groups.items():
        whats = ", ".join(what for what, _ in found)
        marts = list(dict.fromkeys(mart for _, mart in found))
        verb = reason
        if len(marts) > 1:
            verb = reason.replace("has ", "have ", 1).replace("is ", "are ", 1)
        said.append(f"{whats} ({', '.join(marts)} {verb}{needed(reason, needs)})")
    return f"Not shown: {'; '.join(said)}."


def needed(reason: str, needs: str) -> str:
    """What inputs would help, where it is rows that are missing."""
    return f"; it takes {needs}" if reason.startswith("has no") and needs else ""


def latest(rows: Rows, column: str) -> Row | None:
    """The last row of a complete period that has a value."""
    found = [r for r in rows if r.get("is_complete") is not False and r[column] is not None]
    return found[-1] if found else None


def tail(rows: Rows, number: int = MOST_PERIODS) -> Rows:
    return rows[-number:]


def rate_points(rows: Rows, column: str, label: Callable[[date], str], place: str) -> list[Point]:
    """A rate by period; what `<column>_partial` says of a running period is a hollow point."""
    points = []
    for row in rows:
        when, value = label(row[place]), row[column]
        partial = row.get(f"{column}_partial") if row.get("is_complete") is False else None
        shown = partial if partial is not None else value
        text = f"{when}: {'no base' if shown is None else percent(shown)}"
        text += " so far" if partial is not None else ""
        points.append(Point(when, shown, text, partial=partial is not None))
    return points


def amount_points(
    rows: Rows, column: str, name: str, place: str = "month", sign: int = 1
) -> list[Point]:
    """Money by month; months that run are hatched."""
    return [
        Point(
            month(row[place]),
            None if row[column] is None else sign * float(row[column]),
            f"{month(row[place])}, {name}: {_amount(row, column)}{so_far(row)}",
            partial=row.get("is_complete") is False,
        )
        for row in rows
    ]


def count_points(
    rows: Rows,
    column: str,
    name: str,
    label: Callable[[date], str],
    place: str,
    sign: int = 1,
) -> list[Point]:
    """Counts by period; periods that run are hatched."""
    return [
        Point(
            label(row[place]),
            None if row[column] is None else sign * row[column],
            f"{label(row[place])}, {name}: {row[column]:,}{so_far(row)}",
            partial=row.get("is_complete") is False,
        )
        for row in rows
        if row[column] is not None
    ]


def _amount(row: Row, column: str) -> str:
    value = row[column]
    return "no base" if value is None else money(value, str(row.get("currency") or ""))


def so_far(row: Row) -> str:
    return " so far" if row.get("is_complete") is False else ""


def money_views(data: Published, mart: str) -> list[tuple[str, str]]:
    """(view, currency) to show: the reporting currency, or every native one where there is none."""
    rows = data.ask(mart, ["view", "currency"], until="month", order="view desc, currency")
    pairs = list(dict.fromkeys((str(r["view"]), str(r["currency"])) for r in rows))
    reporting = [pair for pair in pairs if pair[0] == "reporting"]
    return reporting or pairs


def retention_rows(
    data: Published, view: str, currency: str, window: str, wanted: Iterable[Column | str]
) -> Rows:
    """Months of `revenue_retention` for one window; none where history is shorter than it."""
    try:
        return data.ask(
            "revenue_retention",
            wanted,
            where=f"view = {literal(view)} and currency = {literal(currency)} and segment_type = 'all'"
            f" and retention_window = {literal(window)} and is_in_history",
            order="month",
            until=MONTH_END,
        )
    except Missing:
        return []
