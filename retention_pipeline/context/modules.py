"""dbt's `modules`: the parts of Python's that compute, and none that reach out or read a clock.

Room:  compile. Imports errors.
In:    nothing.  Out: MODULES. Whole modules would be a way out of the sandbox.
"""

from __future__ import annotations

import datetime
import itertools
import re
from types import SimpleNamespace
from typing import Any, NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from retention_pipeline.errors import ClockError, TemplateError


def _no_clock(*_: Any, **__: Any) -> NoReturn:
    raise ClockError(
        "the template asks a clock: the same build would give another result tomorrow",
        fix="read var('as_of')",
    )


class _Date(datetime.date):
    today = _no_clock


class _Moment(datetime.datetime):
    now = utcnow = today = _no_clock


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise TemplateError(f"'{name}' is no time zone") from None


_RE = "compile escape findall finditer fullmatch match search split sub subn"
_RE_FLAGS = "I IGNORECASE M MULTILINE S DOTALL X VERBOSE A ASCII"
_ITERTOOLS = """
    accumulate chain combinations combinations_with_replacement compress dropwhile filterfalse groupby
    islice pairwise permutations product repeat starmap takewhile tee zip_longest
"""

MODULES = SimpleNamespace(
    datetime=SimpleNamespace(
        date=_Date,
        datetime=_Moment,
        time=datetime.time,
        timedelta=datetime.timedelta,
        timezone=datetime.timezone,
    ),
    pytz=SimpleNamespace(timezone=_zone, utc=datetime.UTC, UTC=datetime.UTC),
    re=SimpleNamespace(**{name: getattr(re, name) for name in f"{_RE} {_RE_FLAGS}".split()}),
    itertools=SimpleNamespace(**{name: getattr(itertools, name) for name in _ITERTOOLS.split()}),
)
