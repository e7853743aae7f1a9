"""Stories of events and visits: late ones, robots, devices, gaps, the clock."""

from datetime import timedelta

from generator.activity import event, visit
from generator.ledger import Ledger, moment, stamp
from generator.stories import activity_story

MINUTE = timedelta(minutes=1)


@activity_story(
    "e9001 .. e9003 of c9031", "2 visits on 2026-03-02: 30 minutes apart is one visit, 31 are two"
)
def gap_of_a_visit(ledger: Ledger) -> None:
    """Comes back after exactly 30 minutes, and again after 31."""
    at = moment("2026-03-02 10:00")
    for number, minutes in ((1, 0), (2, 30), (3, 61)):
        event(
            ledger, "page_coffee", at + minutes * MINUTE, event_id=f"e900{number}",
            user_id="c9031", platform="web",
        )  # fmt: skip


@activity_story(
    "e9004, e9005 of c9031", "2 late events on 2026-04-10: counted on the day they happened"
)
def offline_phone(ledger: Ledger) -> None:
    """Logs two brews on the train; the phone reports them five days later."""
    for number, minute in ((4, 0), (5, 9)):
        at = moment("2026-04-10 07:15") + minute * MINUTE
        event(
            ledger, "brew_logged", at, event_id=f"e900{number}", user_id="c9031", platform="ios",
            received_at=stamp(at + timedelta(days=5)),
        )  # fmt: skip


@activity_story(
    "d9031 and d9032 of c9031",
    "c9031 is known on d9031 from the first page view; the visit on d9032 stays a stranger's",
)
def two_devices(ledger: Ledger) -> None:
    """Looks around on a laptop and on a phone, and logs in on the laptop only."""
    for device, day in (("d9031", "2026-02-20"), ("d9032", "2026-02-21")):
        visit(
            ledger, moment(f"{day} 20:00"), ("page_home", "page_tea"), device,
            anonymous_id=device, platform="web",
        )  # fmt: skip
    at = moment("2026-02-22 20:00")
    event(ledger, "login", at, user_id="c9031", anonymous_id="d9031", platform="web")


@activity_story(
    "d9027 of c9027 and c9029", "what nobody is logged in for on d9027 is c9027's, who came first"
)
def shared_device(ledger: Ledger) -> None:
    """Two people of one household log in on one tablet."""
    for user_id, day in (("c9027", "2026-03-10"), ("c9029", "2026-03-11"), ("", "2026-03-12")):
        values = {"user_id": user_id} if user_id else {}
        name = "login" if user_id else "page_coffee"
        event(ledger, name, moment(f"{day} 19:00"), anonymous_id="d9027", platform="web", **values)


@activity_story("e9006 of c9001, e9007 of c9002", "one user, c9001: one person has both accounts")
def two_accounts_one_user(ledger: Ledger) -> None:
    """Logs in with either account."""
    for number, user_id in ((6, "c9001"), (7, "c9002")):
        at = moment("2026-03-15 09:00") + number * MINUTE
        event(ledger, "login", at, event_id=f"e900{number}", user_id=user_id, platform="web")


@activity_story("e9008 of c9023, e9009 of c9024", "not counted: internal and test customers")
def staff_and_tests(ledger: Ledger) -> None:
    """A colleague and the test account log brews."""
    for number, user_id in ((8, "c9023"), (9, "c9024")):
        at = moment("2026-03-16 09:00")
        event(ledger, "brew_logged", at, event_id=f"e900{number}", user_id=user_id, platform="ios")


@activity_story("e9010 in two versions, of c9031", "one event, brew_logged: the newer version")
def corrected_event(ledger: Ledger) -> None:
    """Reported under a wrong name and loaded again."""
    for name, night in (("brew_log", "2026-03-21"), ("brew_logged", "2026-03-22")):
        event(
            ledger, name, moment("2026-03-20 07:00"), event_id="e9010", user_id="c9031",
            platform="ios", _loaded_at=f"{night} 03:00:00",
        )  # fmt: skip


@activity_story(
    "e9011, e9012 of c9071", "UTC: active in May and June; Europe/Berlin: twice in June"
)
def month_end_of_a_user(ledger: Ledger) -> None:
    """Logs a brew at 23:30 UTC on the last of May, and in the morning."""
    for number, at in ((11, "2026-05-31 23:30"), (12, "2026-06-01 06:30")):
        event(
            ledger, "brew_logged", moment(at), event_id=f"e90{number}", user_id="c9071",
            platform="ios",
        )  # fmt: skip


@activity_story("e9013 of c9074", "after as_of: not read")
def event_after_as_of(ledger: Ledger) -> None:
    """Logs a brew on 2 July 2026."""
    event(
        ledger, "brew_logged", moment("2026-07-02 08:00"), event_id="e9013", user_id="c9074",
        platform="ios",
    )  # fmt: skip


@activity_story("e9014 of c9022", "kept under the surrogate of the erased customer")
def event_of_the_erased(ledger: Ledger) -> None:
    """Looked at the shop before asking to be erased."""
    event(
        ledger, "page_home", moment("2025-03-01 08:00"), event_id="e9014", user_id="c9022",
        platform="web",
    )  # fmt: skip
