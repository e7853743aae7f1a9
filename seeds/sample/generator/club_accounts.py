"""Stories of subscribers and their accounts: two of them, merged, none; staff, erased, abroad, an office."""

from datetime import datetime

from generator.stories import club_story
from generator.subscriptions import Club


@club_story(
    "s9041 of c9001, s9041b of c9002",
    "one customer: churn in 2024-09, reactivation in 2024-11, not new",
)
def two_accounts_one_after_the_other(club: Club) -> None:
    """A member left under one account and came back under another with the same address."""
    sub = club.subscribe("s9041", "c9001", "2024-03-03 09:00", "classic")
    sub.end("2024-09-03 09:00", reason="other", asked="2024-08-25 09:00")
    last = club.subscribe("s9041b", "c9002", "2024-11-05 20:00", "classic")
    last.leave("2025-11-05 20:00")


@club_story(
    "s9042 of c9003, s9042b of c9004", "one customer with 40.00 from 2025-01: expansion, not new"
)
def two_accounts_at_once(club: Club) -> None:
    """Two accounts with one phone number, each with a subscription."""
    club.subscribe("s9042", "c9003", "2024-04-11 12:00", "classic")
    club.subscribe("s9042b", "c9004", "2025-01-11 12:00", "classic")


@club_story(
    "s9043 of c9005, s9043b of c9008", "one customer, c9008: a swap in 2025-02, expansion 24.00"
)
def merged_accounts(club: Club) -> None:
    """The old plan stood on an account that was merged into another."""
    sub = club.subscribe("s9043", "c9005", "2025-01-10 10:00", "taster")
    sub.end("2025-02-10 10:00", "swap")
    last = club.subscribe("s9043b", "c9008", "2025-02-10 10:00", "barista")
    last.leave("2025-12-10 10:00")


@club_story("s9044 of c9024 test, s9045 of c9023 internal", "in no metric at all")
def staff_and_test(club: Club) -> None:
    """The test account tries every state; a colleague drinks at a discount."""
    sub = club.trial("s9044", "c9024", "2024-03-02 08:00", "2024-03-16 08:00", "barista_year")
    sub.end("2024-07-01 08:00", reason="other", asked="2024-07-01 08:00")
    last = club.subscribe("s9045", "c9023", "2024-03-05 08:00", "barista", off="40% forever")
    last.leave("2025-03-05 08:00")


@club_story(
    "s9046 of c9022",
    "stays in every month, under an id that leads back to nobody; the card has lost its digits",
)
def erased_member(club: Club) -> None:
    """Was a member for nine months before asking to be erased."""
    club.card("c9022", "2029-12", "2025-04-01 12:00", last4="")
    sub = club.subscribe("s9046", "c9022", "2024-06-01 10:00", "classic")
    sub.end("2025-03-01 10:00", reason="other", asked="2025-02-20 10:00")


@club_story(
    "s9047 of c8001, s9048 of c9021",
    "customers that only subscriptions (or orders) know; both count",
)
def no_account(club: Club) -> None:
    """Two members whose accounts are missing from the customers table."""
    first = club.subscribe("s9047", "c8001", "2024-07-07 10:00", "taster")
    first.leave("2025-07-07 10:00")
    last = club.subscribe("s9048", "c9021", "2024-09-20 10:00", "taster")
    last.leave("2025-09-20 10:00")


@club_story(
    "s9049, s9049b of c9026", "native: churn 20.00 EUR and new 18.00 GBP in 2025-06; one logo, kept"
)
def another_currency(club: Club) -> None:
    """Moved to Leeds and pays in pounds since."""
    sub = club.subscribe("s9049", "c9026", "2024-06-15 10:00", "classic")
    sub.end("2025-06-15 10:00", "swap")
    club.subscribe("s9049b", "c9026", "2025-06-15 10:00", "classic_gbp")


@club_story(
    "s9050 of c9028: s9050-1, s9050-2", "108.00 for 12 seats; include_metered adds 0.10 a cup"
)
def office_with_a_machine(club: Club) -> None:
    """The office kitchen pays per seat, and per cup of its machine; by bank transfer, in 14 days."""
    sub = club.subscribe("s9050", "c9028", "2025-10-01 07:00", "office", quantity=12)
    sub.add_item("2025-10-01 07:00", "machine", quantity=410)
    sub.pays_by_transfer = True
    for month, cups in (
        (11, 380),
        (12, 290),
        (13, 455),
        (14, 430),
        (15, 475),
        (16, 390),
        (17, 440),
        (18, 420),
    ):
        at = datetime.fromisoformat(
            f"{2025 + (month - 1) // 12}-{(month - 1) % 12 + 1:02d}-01 07:00+00:00"
        )
        sub.change(at, nth=1, quantity=cups)
