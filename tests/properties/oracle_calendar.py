"""Instants, local dates and periods, counted the slow way.

No SQL and no date library but the standard one: a period is found by walking from its
start, never by a formula that the models could share.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

GRAINS = ("day", "week", "month", "quarter", "year")
MONTHS = {"month": 1, "quarter": 3, "year": 12}
ELAPSED_LENGTH = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30)}


def moment(value: object) -> datetime | None:
    """A raw cell as a naive datetime; empty is None."""
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return value
    return datetime.fromisoformat(str(value))


def to_local(utc: datetime, zone: str) -> datetime:
    """Naive UTC -> naive wall clock of the reporting time zone."""
    return utc.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def to_utc(local: datetime, zone: str) -> datetime:
    """Naive wall clock -> naive UTC."""
    return local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).replace(tzinfo=None)


def period_start(grain: str, day: date) -> date:
    """The first day of the day's period; weeks begin on Monday."""
    if grain == "day":
        return day
    if grain == "week":
        while day.weekday() != 0:
            day -= timedelta(days=1)
        return day
    while day.day != 1 or (day.month - 1) % MONTHS[grain] != 0:
        day -= timedelta(days=1)
    return day


def next_period(grain: str, start: date) -> date:
    """The first day of the period after this one."""
    day = start + timedelta(days=1)
    while period_start(grain, day) != day:
        day += timedelta(days=1)
    return day


def add_periods(grain: str, start: date, count: int) -> date:
    """The start of the period `count` periods later."""
    for _ in range(count):
        start = next_period(grain, start)
    return start


def periods_between(grain: str, first: date, last: date) -> int:
    """How many period starts lie after `first` up to `last`; both are period starts."""
    count = 0
    while first < last:
        first = next_period(grain, first)
        count += 1
    return count


def midnight(day: date) -> datetime:
    """The instant the local day begins."""
    return datetime.combine(day, datetime.min.time())
