"""Random logs of events: few people and devices, so that they meet; times around the limits of visits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import strategies as st

Row = dict[str, object]
FIRST = datetime(2024, 3, 10)  # noqa: DTZ001 - raw timestamps are naive UTC
NAMES = ("signup", "login", "add_friend", "add_friend", "core_action", "purchase", "page_view")
# minutes after the event before it: in the visit, at its limit, past it, days and weeks later
STEPS = (0, 1, 7, 29, 30, 31, 45, 600, 1440, 1441, 4000, 10000, 14400, 43200)


@dataclass(frozen=True)
class Case:
    """Raw rows and the vars to read them by."""

    rows: dict[str, list[Row]]
    variables: dict[str, object]


@st.composite
def event_rows(draw: st.DrawFn) -> list[Row]:
    rows: list[Row] = []
    for person in range(draw(st.integers(1, 5))):
        at = FIRST + timedelta(minutes=draw(st.integers(0, 20000)))
        for _ in range(draw(st.integers(1, 14))):
            user = draw(st.sampled_from((f"u{person}", f"u{person}", f"u{person}", "u0", None)))
            device = draw(st.sampled_from((None, None, f"d{person}", "d0")))
            row: Row = {
                "event_id": f"e{len(rows)}",
                "user_id": user,
                "anonymous_id": device if user or device else f"d{person}",
                "event_name": draw(st.sampled_from(NAMES)),
                "occurred_at": str(at),
                "platform": draw(st.sampled_from(("web", "web", "web", "web", "bot"))),
            }
            late = draw(st.sampled_from((None, None, 0, 4319, 4320, 9000)))
            if late is not None:
                row["received_at"] = str(at + timedelta(minutes=late))
            rows.append(row)
            at += timedelta(minutes=draw(st.sampled_from(STEPS)))
    return rows[::-1] if draw(st.booleans()) else rows


# few, for each set of vars is a project compiled anew
DEFAULTS: dict[str, object] = {"as_of": "2024-06-01"}
ELSEWHERE: dict[str, object] = {
    "as_of": "2024-06-01 12:00:00",
    "reporting_timezone": "America/New_York",
    "anonymous_activity": "include",
    "retention_clock": "elapsed",
    "start_event": "signup",
    "return_event": "core_action",
    "activation_windows": [1, 3, 7],
    "activation_retention_days": [7, 20],
    "activation_max_actions": 4,
}


def logs(variables: dict[str, object]) -> st.SearchStrategy[Case]:
    """Events, read by these vars."""
    return event_rows().map(lambda rows: Case({"events": rows}, variables))


@st.composite
def waits(draw: st.DrawFn) -> list[tuple[int, bool]]:
    """Days waited and whether it happened."""
    return draw(st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=25))
