"""Users, visits, active days, lifecycle, activation: from the rules, one event at a time.

No SQL and no formula that the models could share: a user is active in a window when one of the
window's days is among the user's days; a visit ends where the next event is too far away.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from hashlib import sha256

from tests.properties.oracle_calendar import (
    ELAPSED_LENGTH,
    midnight,
    next_period,
    period_start,
    periods_between,
    to_local,
    to_utc,
)
from tests.properties.oracle_customers import SALT

GAP = timedelta(minutes=30)
DAY = timedelta(days=1)
ROBOTS = ("bot", "crawler")
CORE = ("core_action", "purchase")
SIGNUPS = ("signup",)
CANDIDATES = ("add_friend", "core_action", "purchase")


@dataclass(frozen=True)
class Event:
    """A counted event: who, what, when (UTC), on which local day, and how late it arrived."""

    event_id: str
    user: str
    is_anonymous: bool
    name: str
    at: datetime
    day: date
    is_late: bool

    @property
    def is_core(self) -> bool:
        return self.name in CORE


@dataclass(frozen=True)
class Visit:
    """Events of one user that follow each other closely."""

    user: str
    events: tuple[Event, ...]

    @property
    def seconds(self) -> float:
        return (self.events[-1].at - self.events[0].at).total_seconds()


@dataclass(frozen=True)
class Log:
    """All counted events, and the rules they are read by."""

    events: tuple[Event, ...]
    as_of: datetime
    zone: str
    with_anonymous: bool

    def of_users(self) -> list[Event]:
        """The events of whom the marts of users count."""
        return [e for e in self.events if self.with_anonymous or not e.is_anonymous]

    def days(self, *, core: bool) -> dict[str, set[date]]:
        """User -> active days."""
        found: dict[str, set[date]] = {}
        for event in self.of_users():
            if event.is_core or not core:
                found.setdefault(event.user, set()).add(event.day)
        return found


def stranger(device: str) -> str:
    """What a visitor is called whom nobody identified."""
    return f"anon_{sha256(f'{SALT}{device}'.encode()).hexdigest()[:32]}"


def read_log(rows: Sequence[Mapping[str, object]], variables: Mapping[str, object]) -> Log:
    """Raw events, with these vars."""
    as_of = datetime.fromisoformat(str(variables["as_of"]))
    zone = str(variables.get("reporting_timezone", "UTC"))
    late = timedelta(days=int(str(variables.get("late_days", 3))))
    kept = []
    for row in rows:
        at = datetime.fromisoformat(str(row["occurred_at"]))
        if to_local(at, zone) < as_of and row.get("platform") not in ROBOTS:
            kept.append((at, row))
    owners: dict[object, tuple[datetime, str]] = {}
    for at, row in kept:
        device, user = row.get("anonymous_id"), row.get("user_id")
        if device and user:
            owners[device] = min(owners.get(device, (at, str(user))), (at, str(user)))
    events = []
    for at, row in kept:
        device = row.get("anonymous_id")
        user = row.get("user_id") or (owners[device][1] if device in owners else None)
        received = row.get("received_at")
        events.append(
            Event(
                event_id=str(row["event_id"]),
                user=str(user) if user else stranger(str(device)),
                is_anonymous=user is None,
                name=str(row["event_name"]),
                at=at,
                day=to_local(at, zone).date(),
                is_late=bool(received) and datetime.fromisoformat(str(received)) - at >= late,
            )
        )
    events.sort(key=lambda event: (event.at, event.event_id))
    includes = variables.get("anonymous_activity") == "include"
    return Log(tuple(events), as_of, zone, includes)


def visits(log: Log) -> list[Visit]:
    """Each user's events, cut where more than 30 minutes lie between two."""
    found: list[Visit] = []
    for user in sorted({event.user for event in log.events}):
        current: list[Event] = []
        for event in (event for event in log.events if event.user == user):
            if current and event.at - current[-1].at > GAP:
                found.append(Visit(user, tuple(current)))
                current = []
            current.append(event)
        found.append(Visit(user, tuple(current)))
    return found


def history(log: Log, days: Mapping[str, set[date]]) -> list[date]:
    """Every day from the first active one to as_of."""
    if not days:
        return []
    day, found = min(day for mine in days.values() for day in mine), []
    while midnight(day) < log.as_of:
        found.append(day)
        day += DAY
    return found


def active_between(days: Mapping[str, set[date]], first: date, last: date) -> int:
    """Users with an active day among these."""
    return sum(any(first <= day <= last for day in mine) for mine in days.values())


def engagement(log: Log, *, core: bool) -> dict[date, dict[str, object]]:
    """Active users of each day and of the windows that end with it."""
    days = log.days(core=core)
    all_days = history(log, days)
    found: dict[date, dict[str, object]] = {}
    for day in all_days:
        dau = active_between(days, day, day)
        mau = active_between(days, day - 27 * DAY, day)
        month = period_start("month", day)
        mau_calendar = active_between(days, month, day)
        seen = [each for each in all_days if day - 27 * DAY <= each <= day]
        user_days = sum(active_between(days, each, each) for each in seen)
        is_complete = midnight(day + DAY) <= log.as_of
        stickiness = Fraction(user_days, len(seen) * mau) if mau else None
        month_days = sum(
            active_between(days, each, each) for each in all_days if month <= each <= day
        )
        sticky_month = Fraction(month_days, day.day * mau_calendar) if mau_calendar else None
        is_month_end = is_complete and (day + DAY).day == 1
        found[day] = {
            "dau": dau,
            "wau": active_between(days, day - 6 * DAY, day),
            "mau": mau,
            "mau_calendar": mau_calendar,
            "user_days_28": user_days,
            "stickiness": stickiness if is_complete and len(seen) == 28 else None,
            "stickiness_partial": stickiness,
            "stickiness_calendar": sticky_month if is_month_end else None,
            "stickiness_calendar_partial": sticky_month,
            "is_complete": is_complete,
            "is_month_end": is_month_end,
        }
    return found


def active_days(log: Log, snapshot: date, window: int, *, core: bool) -> dict[int, int]:
    """Number of active days in the window before the snapshot -> users."""
    found = dict.fromkeys(range(1, window + 1), 0)
    for mine in log.days(core=core).values():
        count = sum(snapshot - window * DAY <= day < snapshot for day in mine)
        if count:
            found[count] += 1
    return found


def lifecycle(
    days: Mapping[str, set[date]], grain: str, as_of: datetime
) -> dict[date, dict[str, object]]:
    """New, returning, resurrected and dormant users of each period."""
    periods = {user: {period_start(grain, day) for day in mine} for user, mine in days.items()}
    found: dict[date, dict[str, object]] = {}
    if not periods:
        return found
    period = min(one for mine in periods.values() for one in mine)
    before: date | None = None
    while midnight(period) < as_of:
        states = {"new": 0, "returning": 0, "resurrected": 0, "dormant": 0}
        for mine in periods.values():
            if period in mine:
                if min(mine) == period:
                    states["new"] += 1
                elif before in mine:
                    states["returning"] += 1
                else:
                    states["resurrected"] += 1
            elif before in mine:
                states["dormant"] += 1
        is_complete = midnight(next_period(grain, period)) <= as_of
        came = states["new"] + states["resurrected"]
        pulse = Fraction(came, states["dormant"]) if states["dormant"] else None
        found[period] = {f"{state}_users": count for state, count in states.items()} | {
            "pulse": pulse if is_complete else None,
            "pulse_partial": pulse,
            "is_complete": is_complete,
        }
        before, period = period, next_period(grain, period)
    return found


def activation(
    log: Log, windows: Sequence[int], most: int, retention: tuple[int, int]
) -> dict[tuple[str, int, int], dict[str, int]]:
    """Each action, number and window: who did it against who stayed, one user at a time."""
    now = to_utc(log.as_of, log.zone)
    events = log.of_users()
    has_signups = any(event.name in SIGNUPS for event in events)
    has_core = any(event.is_core for event in events)
    starts: dict[str, datetime] = {}
    for event in events:
        if event.name in SIGNUPS or not has_signups:
            starts[event.user] = min(starts.get(event.user, event.at), event.at)
    eligible = {user: at for user, at in starts.items() if at + retention[1] * DAY <= now}
    stayed = {
        event.user
        for event in events
        if event.user in eligible
        and (event.is_core or not has_core)
        and eligible[event.user] + retention[0] * DAY <= event.at
        and event.at < eligible[event.user] + retention[1] * DAY
    }

    def times(user: str, action: str, window: int) -> int:
        start = eligible[user]
        return sum(
            event.user == user and event.name == action and start <= event.at < start + window * DAY
            for event in events
        )

    found = {}
    for action in CANDIDATES:
        for window in windows:
            counts = {user: times(user, action, window) for user in eligible}
            if not any(counts.values()):
                continue
            for n in range(1, most + 1):
                did = {user for user, count in counts.items() if count >= n}
                found[action, n, window] = {
                    "eligible": len(eligible),
                    "activated": len(did),
                    "tp": len(did & stayed),
                    "fp": len(did - stayed),
                    "fn": len(stayed - did),
                    "tn": len(eligible.keys() - did - stayed),
                }
    return found


def event_cohorts(
    log: Log,
    grain: str,
    clock: str,
    wanted: Callable[[Event], bool],
    returned: Callable[[Event], bool],
) -> dict[tuple[date, int], dict[str, object]]:
    """Each cohort and period: starters, and those with a return event in it, or in it or later."""
    now = to_utc(log.as_of, log.zone)
    starts: dict[str, Event] = {}
    for event in log.of_users():
        if wanted(event):
            starts.setdefault(event.user, event)

    def index(start: Event, at: datetime, day: date) -> int:
        if clock == "elapsed":
            return (at - start.at) // ELAPSED_LENGTH[grain]
        return periods_between(grain, period_start(grain, start.day), period_start(grain, day))

    cohorts: dict[date, list[Event]] = {}
    for start in starts.values():
        cohorts.setdefault(period_start(grain, start.day), []).append(start)
    instant = timedelta(microseconds=1)
    found: dict[tuple[date, int], dict[str, object]] = {}
    for first, members in cohorts.items():
        lives = [
            {
                index(start, event.at, event.day)
                for event in log.of_users()
                if event.user == start.user and returned(event) and event.at >= start.at
            }
            for start in members
        ]
        ages = [index(one, now - instant, (log.as_of - instant).date()) for one in members]
        for k in range(max(ages) + 1):
            found[first, k] = {
                "cohort_size": len(members),
                "retained_n_period": sum(k in life for life in lives),
                "retained_rolling": sum(any(i >= k for i in life) for life in lives),
                "is_complete": all(index(one, now, log.as_of.date()) > k for one in members),
            }
    return found


def kaplan_meier(
    waits: Sequence[tuple[int, bool]],
) -> list[tuple[int, int, int, Fraction, Fraction]]:
    """(day, at risk, events, survival, Greenwood's sum) of each day with an event."""
    survival, greenwood, found = Fraction(1), Fraction(0), []
    for day in sorted({day for day, happened in waits if happened}):
        at_risk = sum(wait >= day for wait, _ in waits)
        events = sum(wait == day and happened for wait, happened in waits)
        survival *= 1 - Fraction(events, at_risk)
        if at_risk > events:
            greenwood += Fraction(events, at_risk * (at_risk - events))
        found.append((day, at_risk, events, survival, greenwood))
    return found
