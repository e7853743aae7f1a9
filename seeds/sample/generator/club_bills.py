"""Stories of bills that were not paid, cards, the cancellation flow, and the clock."""

from generator.stories import club_story
from generator.subscriptions import Club


@club_story("s9016 of c0015: i9016-03", "recovered by retry after 7 days; MRR unchanged")
def past_due_recovered(club: Club) -> None:
    """No money on the account; the fourth retry worked."""
    sub = club.subscribe("s9016", "c0015", "2024-03-10 08:00", "classic")
    sub.fail("2024-05-10 08:00", "2024-05-17 08:00")
    sub.leave("2025-03-10 08:00")


@club_story(
    "s9017 of c0016: i9017-02",
    "lost: involuntary churn in 2024-05 (ended_at); in 2024-04 when past_due_policy is drop",
)
def past_due_lost(club: Club) -> None:
    """Never paid again: seven tries in thirty days, then the end."""
    sub = club.subscribe("s9017", "c0016", "2024-03-12 08:00", "barista")
    sub.fail("2024-04-12 08:00")
    sub.end("2024-05-12 08:00", "involuntary", "payment_failed")


@club_story(
    "s9018 of c0041: i9018-05", "recovered by card_update after 2 days; hard: not retried before"
)
def new_card(club: Club) -> None:
    """The card had expired; a new one came two days later."""
    club.card("c0041", "2024-07", "2024-04-11 08:00", last4="0041")
    sub = club.subscribe("s9018", "c0041", "2024-04-11 08:00", "classic")
    sub.fail("2024-08-11 08:00", "2024-08-13 08:00", "expired_card", "card_update")
    club.card("c0041", "2028-07", "2024-08-13 08:00", last4="1041")
    sub.leave("2025-04-11 08:00")


@club_story(
    "s9051 of c0042: i9051-09",
    "in_progress at as_of: in neither part of the recovery rate; past due, MRR kept",
)
def past_due_open(club: Club) -> None:
    """The bill of the 20th of June 2026 has failed five times so far."""
    sub = club.subscribe("s9051", "c0042", "2025-10-20 08:00", "classic")
    sub.fail("2026-06-20 08:00")


@club_story("s9052 of c0043: i9052-03", "voided: in neither part of the recovery rate")
def bill_let_go(club: Club) -> None:
    """The shop had sent nothing that month and let the bill go."""
    sub = club.subscribe("s9052", "c0043", "2024-08-01 08:00", "classic")
    sub.fail("2024-10-01 08:00", "2024-10-03 15:00", by="void")
    sub.leave("2025-06-01 08:00")


@club_story(
    "s9053 of c0044: i9053-02, i9053-05, i9053-08",
    "three times dunned, three times recovered, never churned",
)
def always_late(club: Club) -> None:
    """Runs dry in spring and autumn: by retry, by hand, by retry."""
    sub = club.subscribe("s9053", "c0044", "2024-08-28 08:00", "taster")
    sub.fail("2024-09-28 08:00", "2024-10-01 08:00")
    sub.fail("2024-12-28 08:00", "2025-01-02 18:30", by="manual")
    sub.fail("2025-03-28 08:00", "2025-03-29 08:00")
    sub.leave("2025-09-28 08:00")


@club_story(
    "s9054, s9054b of c0045",
    "involuntary in 2025-03, then reactivation 20.00 in 2025-04 by a subscription of its own",
)
def lost_and_back(club: Club) -> None:
    """Stolen card, no new one in time; joined again three weeks later."""
    sub = club.subscribe("s9054", "c0045", "2024-11-05 08:00", "classic")
    sub.fail("2025-03-05 08:00", code="stolen_card")
    sub.end("2025-03-26 08:00", "involuntary", "payment_failed")
    last = club.subscribe("s9054b", "c0045", "2025-04-16 21:00", "classic")
    last.leave("2026-02-16 21:00")


@club_story(
    "s9055 of c0046, s9056 of c0047",
    "on the list: the card ends before the next bill; mrr at risk 20.00, 18.00",
)
def cards_that_expire(club: Club) -> None:
    """Default cards that are good to the end of June and of July 2026."""
    club.card("c0046", "2026-06", "2025-07-15 08:00", last4="0046")
    club.subscribe("s9055", "c0046", "2025-07-15 08:00", "classic")
    club.card("c0047", "2026-07", "2025-05-20 08:00", last4="0047")
    club.subscribe("s9056", "c0047", "2025-05-20 08:00", "classic_quarter")


@club_story(
    "s9057 of c0048, s9058 of c0049",
    "not on the list: another card is charged; no subscription runs",
)
def cards_that_do_not_matter(club: Club) -> None:
    """An expiring card that is not the default, and the one of a member who has left."""
    club.card("c0048", "2026-06", "2025-07-15 08:00", last4="0048")
    club.card("c0048", "2029-06", "2026-06-01 08:00", last4="1048")
    club.subscribe("s9057", "c0048", "2025-07-15 08:00", "classic")
    club.card("c0049", "2026-07", "2025-07-15 08:00", last4="0049")
    sub = club.subscribe("s9058", "c0049", "2025-07-15 08:00", "classic")
    sub.end("2026-01-15 08:00", reason="too_expensive", asked="2026-01-02 08:00")


@club_story(
    "s9059 of c0050: f9059-1",
    "saved, durably: 10.00 from 2025-02 to 2025-04, 20.00 again from 2025-05",
)
def saved_by_a_discount(club: Club) -> None:
    """Came to cancel and stayed for half the price of three months."""
    sub = club.subscribe("s9059", "c0050", "2024-09-10 08:00", "classic")
    text = "My cupboard is full of beans."
    club.session(sub, "2025-01-20 19:00", "too_much_coffee", "saved", "discount", 6, text)
    sub.change("2025-02-10 08:00", off="50% repeating")
    sub.change("2025-05-10 08:00", off="")
    sub.leave("2025-10-10 08:00")


@club_story("s9060 of c0051: f9060-1", "saved, and still subscribed 90 days later (2025-04-22)")
def saved_by_a_pause(club: Club) -> None:
    """Came to cancel before a journey and paused for two months."""
    sub = club.subscribe("s9060", "c0051", "2024-10-12 08:00", "classic")
    club.session(sub, "2025-01-22 19:00", "moving", "saved", "pause")
    sub.pause("2025-02-12 08:00", "2025-04-14 08:00")
    sub.leave("2025-10-14 08:00")


@club_story("s9061 of c0052: f9061-1", "saved; contraction 16.00 in 2025-02")
def saved_by_a_smaller_plan(club: Club) -> None:
    """Came to cancel and took the smaller plan."""
    sub = club.subscribe("s9061", "c0052", "2024-10-13 08:00", "barista")
    club.session(sub, "2025-02-03 07:00", "too_expensive", "saved", "downgrade", 5)
    sub.change("2025-02-03 07:05", "classic")
    sub.leave("2025-10-13 08:00")


@club_story(
    "s9062 of c0053: f9062-1, f9062-2", "saved, not durably: gone 41 days later; then cancelled"
)
def saved_for_a_while(club: Club) -> None:
    """Stayed for an extension of two weeks, and left at the next bill but one."""
    sub = club.subscribe("s9062", "c0053", "2024-10-14 08:00", "classic")
    club.session(sub, "2025-02-01 12:00", "not_enough_use", "saved", "extension")
    club.session(sub, "2025-03-10 12:00", "not_enough_use", "cancelled", "discount", 2)
    sub.end("2025-03-14 08:00", reason="not_enough_use", asked="2025-03-10 12:02")


@club_story(
    "s9063 of c0054: f9063-1 .. f9063-3",
    "abandoned twice (apart from the save rate), cancelled once",
)
def looks_for_the_way_out(club: Club) -> None:
    """Closed the page twice and went through with it the third time, without an offer."""
    sub = club.subscribe("s9063", "c0054", "2024-10-15 08:00", "taster")
    club.session(sub, "2025-01-05 22:10", "", "abandoned")
    club.session(sub, "2025-01-06 22:00", "taste", "abandoned", "discount")
    club.session(sub, "2025-02-07 22:00", "taste", "cancelled", "none", 1, "Too sour for me.")
    sub.end("2025-02-15 08:00", reason="taste", asked="2025-02-07 22:01")


@club_story(
    "s9064 of c0055: f9064-1",
    "saved on the 1st of June 2026: 90 days are not over, so no durable rate yet",
)
def saved_just_now(club: Club) -> None:
    """Was talked out of it a month before the end of history."""
    sub = club.subscribe("s9064", "c0055", "2026-01-03 08:00", "classic")
    club.session(sub, "2026-06-01 20:00", "competitor", "saved", "discount")
    sub.change("2026-06-03 08:00", off="25% repeating")


@club_story(
    "s9065 of c0056",
    "UTC: new in 2024-10, churn in 2025-04; Berlin: new in 2024-11; New York: churn in 2025-03",
)
def around_the_month_end(club: Club) -> None:
    """Began at 23:30 UTC on the last of October, ended at 00:30 UTC on the first of April."""
    sub = club.subscribe("s9065", "c0056", "2024-10-31 23:30", "classic")
    sub.end("2025-04-01 00:30", reason="taste", asked="2025-03-31 23:00")


@club_story(
    "s9066 of c0057", "new in 2024-09; still in the closing MRR of 2025-02, churn in 2025-03"
)
def exactly_at_month_ends(club: Club) -> None:
    """Began with the first moment of September and ended with the first moment of March."""
    sub = club.subscribe("s9066", "c0057", "2024-09-01 00:00", "classic")
    sub.end("2025-03-01 00:00", reason="other", asked="2025-02-11 09:00")


@club_story(
    "s9067 of c0058, in GBP", "bills on 31 Jan, 28 Feb, 31 Mar, 30 Apr; one clock, the 31st"
)
def the_thirty_first(club: Club) -> None:
    """Began on the 31st of January 2025."""
    club.subscribe("s9067", "c0058", "2025-01-31 12:00", "classic_gbp")


@club_story("s9068 of c0059", "active at as_of: what happens on the 5th of July is not known yet")
def ends_after_as_of(club: Club) -> None:
    """Left on the 5th of July 2026, after the end of history."""
    sub = club.subscribe("s9068", "c0059", "2026-01-05 08:00", "classic")
    sub.end("2026-07-05 08:00", reason="moving", asked="2026-07-02 08:00")


@club_story("s9069 of c9039", "not read at all before as_of 2026-07-04")
def begins_after_as_of(club: Club) -> None:
    """Joined on the 3rd of July 2026."""
    club.subscribe("s9069", "c9039", "2026-07-03 08:00", "classic")


@club_story(
    "s9070 of c0060 in 2 versions",
    "one row, ended 2024-12-16; the older version stands below it and says open",
)
def loaded_twice(club: Club) -> None:
    """Loaded while it ran, and once more when it had ended."""
    sub = club.subscribe("s9070", "c0060", "2024-09-16 08:00", "classic")
    sub.end("2024-12-16 08:00", reason="competitor", asked="2024-12-01 08:00")
    sub.earlier_load = "2024-09-17 03:00:00"


@club_story(
    "s9071 of c0061", "churn 20.00 in 2025-01; the row 'ended' carries no MRR, begins nothing"
)
def a_row_that_says_ended(club: Club) -> None:
    """The old billing system closes with a row of its own, status ended."""
    sub = club.subscribe("s9071", "c0061", "2024-10-16 08:00", "classic")
    sub.end("2025-01-16 08:00", reason="too_expensive", asked="2025-01-03 08:00")
    sub.leaves_a_row = True
