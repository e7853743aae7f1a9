"""The inputs of the worked examples about activity as canonical rows."""

from __future__ import annotations

from datetime import date, timedelta

from tests.golden.cases import Rows, read


def activation_events() -> Rows:
    """inputs/activation_events.csv as they stand."""
    return {
        "events": [
            {"event_id": f"e{number:03d}", **row}
            for number, row in enumerate(read("inputs", "activation_events"))
        ]
    }


def clock_as_events() -> Rows:
    """inputs/clock_events.csv: each a visit to a page."""
    return {
        "events": [
            {
                "event_id": f"e{number}",
                "user_id": row["user_id"],
                "event_name": "page_view",
                "occurred_at": row["occurred_at_utc"],
            }
            for number, row in enumerate(read("inputs", "clock_events"))
        ]
    }


def june() -> Rows:
    """SPEC C11: u1 on 30 days, u2 on the 1st, 2nd and 30th, u3 on the 15th of June 2024."""
    days = {"u1": range(1, 31), "u2": (1, 2, 30), "u3": (15,)}
    return {
        "events": [
            {
                "event_id": f"{user}_{day}",
                "user_id": user,
                "event_name": "page_view",
                "occurred_at": f"2024-06-{day:02d} 12:00:00",
            }
            for user, active in days.items()
            for day in active
        ]
    }


def champions() -> Rows:
    """SPEC C12: 90 and 10 core actions, 50 and 50, one user; all in the 28 days before 2024-06-01."""
    shares = {"a1": {"ann": 90, "bob": 10}, "a2": {"cas": 50, "dan": 50}, "a3": {"eve": 3}}
    first = date(2024, 5, 4)
    return {
        "events": [
            {
                "event_id": f"{user}_{number}",
                "user_id": user,
                "account_id": account,
                "event_name": "core_action",
                "occurred_at": f"{first + timedelta(days=number % 28)} 12:00:00",
            }
            for account, users in shares.items()
            for user, actions in users.items()
            for number in range(actions)
        ]
    }
