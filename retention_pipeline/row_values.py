"""Values that somebody wrote down, as Python values, where that needs no database.

Room:  act. Imports nothing of ours.
In:    texts and DuckDB's types.  Out: what DuckDB's cast of the text gives, or NotPlain: ask it.

A first build compares hundreds of small tables with rows from .yml files; a query for each costs
more than the model that they are compared with where it is small.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

_WHOLE = re.compile(r"-?\d{1,18}\Z", re.ASCII)
_NUMBER = re.compile(r"-?(\d{1,18})(?:\.(\d{1,15}))?\Z", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\Z", re.ASCII)
_DECIMAL = re.compile(r"decimal\((\d+),(\d+)\)\Z")
_BITS = {"tinyint": 8, "smallint": 16, "integer": 32, "bigint": 64}


class NotPlain(Exception):  # noqa: N818 - no fault: the database says what it is
    """A text or a type that only DuckDB should read."""


def plain_rows(
    types: Mapping[str, str], rows: Sequence[Mapping[str, Any]]
) -> list[tuple[Any, ...]] | None:
    """Rows of the columns of `types`; missing or None is NULL. None: ask DuckDB.

    >>> plain_rows({"n": "decimal(18,2)", "day": "date"}, [{"n": 1.5}, {"day": "2024-02-29"}])
    [(Decimal('1.50'), None), (None, datetime.date(2024, 2, 29))]
    >>> plain_rows({"n": "integer"}, [{"n": "1e3"}]) is None
    True
    """
    try:
        readers = [(name, _reader(kind)) for name, kind in types.items()]
        return [tuple(_value(row.get(name), read) for name, read in readers) for row in rows]
    except (NotPlain, ValueError):  # 2024-02-30: DuckDB says what is wrong with it
        return None


def _value(value: Any, read: Callable[[str], Any]) -> Any:
    if value is None:
        return None
    return read(str(value).lower() if isinstance(value, bool) else str(value))


@cache
def _reader(kind: str) -> Callable[[str], Any]:
    """How texts of a type are read. Raises NotPlain for types that are not read here."""
    if kind in _BITS:
        most = 2 ** (_BITS[kind] - 1)
        return lambda text: _whole(text, most)
    found = _DECIMAL.match(kind)
    if found:
        width, scale = int(found[1]), int(found[2])
        return lambda text: _decimal(text, width, scale)
    if kind not in _READERS:
        raise NotPlain(kind)
    return _READERS[kind]


def _whole(text: str, most: int) -> int:
    number = int(_checked(_WHOLE, text))
    if not -most <= number < most:
        raise NotPlain(text)
    return number


def _decimal(text: str, width: int, scale: int) -> Decimal:
    found = _NUMBER.match(text)
    whole, rest = (found[1], found[2] or "") if found else ("", "")
    if not found or len(whole) > width - scale or len(rest) > scale:
        raise NotPlain(text)
    value = Decimal(f"{whole}.{rest:0<{scale}}")
    return value.copy_negate() if value and text.startswith("-") else value


def _text(text: str) -> str:
    if "\0" in text:
        raise NotPlain(text)
    return text


def _truth(text: str) -> bool:
    if text not in ("true", "false"):
        raise NotPlain(text)
    return text == "true"


def _checked(form: re.Pattern[str], text: str) -> str:
    if not form.match(text):
        raise NotPlain(text)
    return text


_READERS: Mapping[str, Callable[[str], Any]] = {
    "varchar": _text,
    "boolean": _truth,
    "double": lambda text: float(_checked(_NUMBER, text)),
    "date": lambda text: date.fromisoformat(_checked(_DATE, text)),
    "timestamp": lambda text: datetime.fromisoformat(_checked(_MOMENT, text)),
}
