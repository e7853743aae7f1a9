"""Offices that plan their coffee together: business accounts, their users and what these do.

In: nothing but dates; every office is a story. u9xxx are people whom only the accounts know.
"""

from datetime import datetime, timedelta

from generator.activity import event
from generator.catalogue import AS_OF
from generator.ledger import Ledger, moment, stamp
from generator.stories import activity_story
from generator.streams import Stream

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
MONDAY = moment("2025-12-01 08:00")  # the planner's first day
WEEKS = (AS_OF - MONDAY).days // 7 + 1
OTHER_FEATURES = ("list_shared", "budget_checked", "stock_counted")


def account(ledger: Ledger, number: int, name: str, seats: int, renewal: str, owner: str) -> None:
    """Write one account."""
    ledger.add(
        "accounts", account_id=f"office-{number}", name=name, seats_purchased=str(seats),
        csm_owner=owner, renewal_date=renewal,
    )  # fmt: skip


def seat(ledger: Ledger, number: int, user_id: str, role: str, left: str = "") -> None:
    """Write one user of an account."""
    ledger.add(
        "account_users", account_id=f"office-{number}", user_id=user_id, role=role,
        joined_at=stamp(MONDAY - DAY), left_at=left,
    )  # fmt: skip


def plan(ledger: Ledger, user_id: str, at: datetime, actions: int, hours: str = "0.5") -> None:
    """Write one visit to the planner: log in, plan orders, perhaps something else."""
    stream = Stream("plan", f"{user_id}:{stamp(at)}")
    names = ["login"] + ["order_planned"] * actions
    if stream.chance(0.25):
        names.append(stream.pick(OTHER_FEATURES))
    at += MINUTE * stream.between(0, 300)
    for name in names:
        saved = {"properties": f'{{"hours_saved": {hours}}}'} if name == "order_planned" else {}
        if at < AS_OF:
            event(ledger, name, at, user_id=user_id, platform="web", **saved)
        at += MINUTE * stream.between(1, 6)


@activity_story("office-1: c9028, u9101", "health green, no single champion")
def healthy_office(ledger: Ledger) -> None:
    """The office kitchen and a colleague plan their coffee every week."""
    account(ledger, 1, "Office Kitchen", 4, "2027-01-31", "Mika")
    seat(ledger, 1, "c9028", "owner")
    seat(ledger, 1, "u9101", "member")
    for week in range(WEEKS):
        for day, user_id in ((0, "c9028"), (2, "u9101"), (3, "c9028")):
            plan(ledger, user_id, MONDAY + DAY * (7 * week + day), 2)


@activity_story(
    "office-2: c0013, u9201, u9202",
    "is_single_champion: c0013 does 0.8 or more of the core actions",
)
def single_champion(ledger: Ledger) -> None:
    """Three seats, and one person plans nearly everything."""
    account(ledger, 2, "Studio North", 3, "2026-12-31", "Mika")
    for user_id, role in (("c0013", "owner"), ("u9201", "member"), ("u9202", "member")):
        seat(ledger, 2, user_id, role)
    for week in range(WEEKS):
        for day in (0, 3):
            plan(ledger, "c0013", MONDAY + DAY * (7 * week + day), 2, "0.75")
        if week % 4 == 1:
            plan(ledger, "u9201", MONDAY + DAY * (7 * week + 1), 1)
            plan(ledger, "u9202", MONDAY + DAY * (7 * week + 2), 0)


@activity_story(
    "office-3: c0029, u9301",
    "warning sign core_down_while_logins_flat at 2026-07-01: visits steady, core actions a third",
)
def falling_core(ledger: Ledger) -> None:
    """Logs in as always, plans less and less."""
    account(ledger, 3, "Two Rivers Print", 4, "2026-10-31", "Juna")
    for user_id, role in (("c0029", "owner"), ("u9301", "member")):
        seat(ledger, 3, user_id, role)
    for week in range(WEEKS):
        is_last = week >= WEEKS - 5
        for day, user_id in ((0, "c0029"), (1, "u9301"), (3, "c0029")):
            actions = (1 if day == 0 else 0) if is_last else 2
            plan(ledger, user_id, MONDAY + DAY * (7 * week + day), actions)


@activity_story(
    "office-4: u9401 .. u9403",
    "renewal_soon (45 days) and seats_down at 2026-07-01; the champion of 12 weeks is gone since May",
)
def champion_leaves(ledger: Ledger) -> None:
    """The one who planned everything left in May; the renewal is near."""
    account(ledger, 4, "Harbour Clinic", 5, "2026-08-15", "Juna")
    seat(ledger, 4, "u9401", "owner", left="2026-06-10 12:00:00")
    seat(ledger, 4, "u9402", "member")
    seat(ledger, 4, "u9403", "member")
    for week in range(WEEKS):
        if week < WEEKS - 7:
            for day in (0, 2, 4):
                plan(ledger, "u9401", MONDAY + DAY * (7 * week + day), 2)
        if week % 2 == 0:
            plan(ledger, "u9402", MONDAY + DAY * (7 * week + 1), 1)


@activity_story(
    "office-5", "an account without users and activity: 0 active users, no health score"
)
def unused_office(ledger: Ledger) -> None:
    """Bought six seats and never began."""
    account(ledger, 5, "Quiet Fixture Ltd", 6, "2027-03-31", "Mika")
