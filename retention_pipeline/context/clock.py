"""The moment of rendering, for templates: what it says may be logged and can never reach SQL.

Room:  compile. Imports errors.
In:    a template's `modules.datetime.datetime.now()`.  Out: text in letters of its own, which whoever
logs it reads back (`shown`) and whoever would run or keep it refuses (`refuse`).
"""

from __future__ import annotations

import datetime
import re
from typing import Any, NoReturn

from retention_pipeline.errors import ClockError, Location

_FIRST = 0x100000  # private letters, one for each of ASCII
_SAID = re.compile(f"[{chr(_FIRST)}-{chr(_FIRST + 127)}]")


def no_clock(*_: Any, at: Location | None = None, **__: Any) -> NoReturn:
    raise ClockError(
        "the template asks a clock: the same build would give another result tomorrow",
        at=at,
        fix="read var('as_of')",
    )


class ClockText(str):
    """A text that can be put beside other text, for a log, and used for nothing else."""

    __slots__ = ()
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = no_clock
    __getitem__ = __contains__ = __iter__ = __int__ = __float__ = __mod__ = no_clock
    __hash__ = str.__hash__


for _name in dir(str):
    if not _name.startswith("_"):
        setattr(ClockText, _name, no_clock)


class ClockMoment:
    """What `now()` gives: it can be written out."""

    def __init__(self, zone: datetime.tzinfo | None = None) -> None:
        self.__now = datetime.datetime.now(zone)

    def strftime(self, form: str = "%H:%M:%S") -> ClockText:
        return _hidden(self.__now.strftime(form))

    def isoformat(self, *args: Any, **named: Any) -> ClockText:
        return _hidden(self.__now.isoformat(*args, **named))

    def __str__(self) -> str:
        return str(self.isoformat(" "))

    def __getattr__(self, name: str) -> Any:
        no_clock()

    __add__ = __radd__ = __sub__ = __rsub__ = no_clock
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = no_clock
    __hash__ = None  # type: ignore[assignment]


def _hidden(text: str) -> ClockText:
    return ClockText("".join(chr(_FIRST + ord(c)) if ord(c) < 128 else c for c in text))


def shown(text: str) -> str:
    """The text as a reader of a log wants it."""
    return _SAID.sub(lambda found: chr(ord(found[0]) - _FIRST), text)


def where(text: str) -> int | None:
    """The place in the text where a clock has had a say, None where none has."""
    found = None if text.isascii() else _SAID.search(text)
    return found and found.start()


def refuse(text: str) -> None:
    """Raise ClockError when a clock has had a say in the text."""
    if where(text) is not None:
        no_clock()
