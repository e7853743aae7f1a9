"""dbt's `modules`: the parts of Python's that compute, and none that reach out; a clock only to be logged.

Room:  compile. Imports context, errors.
In:    nothing.  Out: MODULES. Whole modules would be a way out of the sandbox.
"""

from __future__ import annotations

import datetime
import itertools
import re
from types import SimpleNamespace
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from retention_pipeline.context.clock import ClockMoment, no_clock
from retention_pipeline.errors import TemplateError


class _Date(datetime.date):
    today = no_clock


class _Moment(datetime.datetime):
    """Packages put the time before what they log: `now()` can be written out, nothing else."""

    now = utcnow = today = ClockMoment  # type: ignore[assignment]


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
