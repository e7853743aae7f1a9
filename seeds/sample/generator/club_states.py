"""Stories of subscriptions: who counts, how they change, stop, come back, and swap."""

from decimal import Decimal

from generator.stories import club_story
from generator.subscriptions import Club


@club_story(
    "s9001 of c0001", "2025-03: expansion 16.00 (20.00 -> 36.00), the whole month's end counts"
)
def upgrade_in_mid_month(club: Club) -> None:
    """From Classic to Barista on the 16th."""
    sub = club.subscribe("s9001", "c0001", "2024-03-10 08:00", "classic")
    sub.change("2025-03-16 12:00", "barista")
    sub.leave("2025-09-10 08:00")


@club_story("s9002 of c0002: ri9002-02", "17.00 a month (204 / 12), and no movement in 2025-06")
def annual_with_refund(club: Club) -> None:
    """Pays by the year; half of the second year's bill was given back."""
    sub = club.subscribe("s9002", "c0002", "2024-04-01 00:00", "classic_year")
    sub.give_back("2025-06-10 09:00", 50)


@club_story(
    "s9003, s9003b of c0003", "2024-05: churn 20.00; 2024-06: reactivation 36.00, never expansion"
)
def back_within_90_days(club: Club) -> None:
    """Left, and was back 36 days later on a dearer plan."""
    sub = club.subscribe("s9003", "c0003", "2024-03-15 10:00", "classic")
    sub.end("2024-05-15 10:00", reason="too_much_coffee", asked="2024-05-02 20:00")
    last = club.subscribe("s9003b", "c0003", "2024-06-20 10:00", "barista")
    last.leave("2025-08-20 10:00")


@club_story(
    "s9004, s9004b of c0004",
    "2024-12: reactivation 20.00; new when reactivation_window_days is 90 (169 days)",
)
def back_after_90_days(club: Club) -> None:
    """Left, and was back half a year later."""
    sub = club.subscribe("s9004", "c0004", "2024-03-15 10:00", "classic")
    sub.end("2024-06-15 10:00", reason="not_enough_use", asked="2024-06-14 09:00")
    last = club.subscribe("s9004b", "c0004", "2024-12-01 10:00", "classic")
    last.leave("2025-11-01 10:00")


@club_story(
    "s9005 of c0005",
    "contraction 36.00 in 2024-09, expansion 36.00 in 2024-11; a subscriber all along",
)
def pause_resumed(club: Club) -> None:
    """Paused for two months, then resumed."""
    sub = club.subscribe("s9005", "c0005", "2024-03-05 07:00", "barista")
    sub.pause("2024-09-05 07:00", "2024-11-05 07:00")
    sub.leave("2025-10-05 07:00")


@club_story(
    "s9006 of c0006",
    "pause cancelled; 2025-02 contraction 20.00, 2025-04 churn of 0.00, one logo lost",
)
def pause_cancelled(club: Club) -> None:
    """Paused, and cancelled without ever coming back."""
    sub = club.subscribe("s9006", "c0006", "2024-08-12 07:00", "classic")
    sub.pause("2025-02-12 07:00")
    sub.end("2025-04-20 19:00", reason="moving", asked="2025-04-20 19:00")


@club_story(
    "s9007 of c0007", "pause open at as_of: in no unpause rate yet; MRR 0.00, still a subscriber"
)
def pause_open(club: Club) -> None:
    """Paused in May 2026 and not back yet."""
    sub = club.subscribe("s9007", "c0007", "2025-10-20 07:00", "classic")
    sub.pause("2026-05-20 07:00")


@club_story(
    "s9008 of c0017, in GBP",
    "2025-05: contraction 7.00 GBP; in EUR at spot also an fx movement each month",
)
def downgrade_in_pounds(club: Club) -> None:
    """A member in Leeds goes from Classic to Taster."""
    sub = club.subscribe("s9008", "c0017", "2024-03-10 08:00", "classic_gbp")
    sub.change("2025-05-01 00:00", "taster_gbp")
    sub.leave("2025-12-10 08:00")


@club_story(
    "s9009 of c0008", "invisible at month ends; gross: new 20.00 and churn 20.00 in 2024-04"
)
def new_and_gone_in_a_month(club: Club) -> None:
    """Joined on the 3rd, left on the 25th."""
    sub = club.subscribe("s9009", "c0008", "2024-04-03 12:00", "classic")
    sub.end("2024-04-25 12:00", reason="taste", asked="2024-04-25 12:00")


@club_story(
    "s9010 of c0009",
    "nothing; with movement_collapse_minutes 0: expansion 24.00, contraction 24.00 (gross)",
)
def flip_of_half_an_hour(club: Club) -> None:
    """Clicked Barista at 10:00 and Taster again at 10:30."""
    sub = club.subscribe("s9010", "c0009", "2024-05-01 09:00", "taster")
    sub.change("2025-03-10 10:00", "barista")
    sub.change("2025-03-10 10:30", "taster")
    sub.leave("2025-09-01 09:00")


@club_story(
    "s9011 of c0010",
    "trial converted; new 20.00 in 2024-03, when it is paid and not when it begins",
)
def trial_converted(club: Club) -> None:
    """A trial of two weeks, then paid."""
    last = club.trial("s9011", "c0010", "2024-03-02 18:00", "2024-03-16 18:00")
    last.leave("2025-06-16 18:00")


@club_story(
    "s9012 of c0011",
    "trial expired: never a subscriber, no churn; in the month 2024-06 of ended trials",
)
def trial_expired(club: Club) -> None:
    """A trial of two weeks over a month's end, and no more."""
    sub = club.trial("s9012", "c0011", "2024-05-20 18:00", "")
    sub.end("2024-06-03 18:00", "trial_expired")


@club_story(
    "s9013 of c0012",
    "trial open at as_of: not in the denominator of the conversion; audience trial_expiring, for it ends in 7 days",
)
def trial_open(club: Club) -> None:
    """A trial of two weeks that began a week before the end of history; its end is known."""
    club.trial("s9013", "c0012", "2026-06-24 18:00", "").plan_end("2026-07-08 18:00")


@club_story("s9014 of c0013", "new 30.00 in 2024-10: a trial may become a year")
def trial_to_annual(club: Club) -> None:
    """Tried Classic and bought a year of Barista when the trial was over."""
    sub = club.trial("s9014", "c0013", "2024-09-21 18:00", "")
    sub.change("2024-10-05 18:00", "barista_year", status="active")


@club_story(
    "s9015, s9015b of c0014", "one trial, expired on 2024-08-08; new 20.00 in 2024-09 all the same"
)
def joined_after_an_expired_trial(club: Club) -> None:
    """Let the trial expire and came back as a payer five weeks later."""
    sub = club.trial("s9015", "c0014", "2024-07-25 18:00", "")
    sub.end("2024-08-08 18:00", "trial_expired")
    last = club.subscribe("s9015b", "c0014", "2024-09-12 18:00", "classic")
    last.leave("2025-05-12 18:00")


@club_story(
    "s9019x, s9019y, s9019z of c0018",
    "2024-08 expansion 12.00; 2024-09 contraction 20.00 (drop_item); 2024-10 expansion 24.00; no churn, no new",
)
def swap_with_overlap(club: Club) -> None:
    """A second plan before the first has ended; the third starts in the moment the second ends."""
    first = club.subscribe("s9019x", "c0018", "2024-06-05 09:00", "classic")
    first.end("2024-09-30 09:00", reason="other", asked="2024-09-20 09:00")
    second = club.subscribe("s9019y", "c0018", "2024-08-20 09:00", "taster")
    second.end("2024-10-10 09:00", "swap")
    last = club.subscribe("s9019z", "c0018", "2024-10-10 09:00", "barista")
    last.leave("2025-08-10 09:00")


@club_story(
    "s9020, s9020b of c0019",
    "2024-11: expansion 16.00; gross: churn 20.00 and reactivation 36.00 (6 h apart)",
)
def swap_with_a_gap_in_a_day(club: Club) -> None:
    """The old plan ends at 09:00, the new one begins at 15:00."""
    sub = club.subscribe("s9020", "c0019", "2024-04-10 09:00", "classic")
    sub.end("2024-11-10 09:00", "swap")
    last = club.subscribe("s9020b", "c0019", "2024-11-10 15:00", "barista")
    last.leave("2025-06-10 15:00")


@club_story(
    "s9021, s9021b of c0020",
    "churn 20.00 in 2024-11, reactivation 36.00 in 2024-12: nothing ran at midnight",
)
def swap_over_a_month_end(club: Club) -> None:
    """Twelve hours between two plans, and a month's end inside them."""
    sub = club.subscribe("s9021", "c0020", "2024-04-30 20:00", "classic")
    sub.end("2024-11-30 20:00", "swap")
    last = club.subscribe("s9021b", "c0020", "2024-12-01 08:00", "barista")
    last.leave("2025-12-01 08:00")


@club_story(
    "s9022 of c0021",
    "still active: scheduled_churn_mrr 20.00; churn of 2026-06 under cancel_requested_at",
)
def cancellation_scheduled(club: Club) -> None:
    """Asked to cancel in June 2026; paid until the middle of July."""
    sub = club.subscribe("s9022", "c0021", "2025-01-15 09:00", "classic")
    sub.request_end("2026-06-10 21:00", "too_expensive")
    club.session(sub, "2026-06-10 20:57", "too_expensive", "cancelled", "discount", 3)


@club_story(
    "s9023 of c0022", "churn 30.00 in 2026-04 (ended_at); in 2025-09 under cancel_requested_at"
)
def annual_cancelled_long_before(club: Club) -> None:
    """Asked in September to end the year that ran until April."""
    sub = club.subscribe("s9023", "c0022", "2024-04-20 09:00", "barista_year")
    sub.end("2026-04-20 09:00", reason="competitor", asked="2025-09-05 09:00")


@club_story(
    "s9024 of c0023", "voluntary; churn of 2024-10 under ended_at, of 2024-11 under period_end"
)
def cancelled_at_once(club: Club) -> None:
    """Left in the middle of the paid month, and stopped at once."""
    sub = club.subscribe("s9024", "c0023", "2024-03-18 09:00", "classic")
    sub.end("2024-10-25 17:00", reason="too_expensive", asked="2024-10-25 17:00")


@club_story(
    "s9025 of c0025",
    "free: no subscriber until 2024-09 (new 20.00); 2025-02 contraction 20.00, by policy churn",
)
def free_then_paid_then_free(club: Club) -> None:
    """From the free letter to Classic and back."""
    sub = club.subscribe("s9025", "c0025", "2024-05-06 09:00", "letter")
    sub.change("2024-09-06 09:00", "classic", status="active")
    sub.change("2025-02-06 09:00", "letter", status="free")


@club_story("s9026 of c0026", "never a subscriber: no MRR has ever begun")
def always_free(club: Club) -> None:
    """Reads the free letter and pays nothing."""
    club.subscribe("s9026", "c0026", "2024-05-07 09:00", "letter")


@club_story(
    "s9027 of c0027: i9027-01, i9027-02",
    "20.00 from the start: a discount on one bill lowers no MRR; invoice 1 is 10.00, 2 is 20.00",
)
def discount_once(club: Club) -> None:
    """The first month at half price."""
    sub = club.subscribe("s9027", "c0027", "2024-04-10 09:00", "classic", off="50% once")
    sub.change("2024-05-10 09:00", off="")
    sub.leave("2025-02-10 09:00")


@club_story(
    "s9028 of c0028",
    "15.00 for three month ends, expansion 5.00 (discount) in 2024-07; none under forever_only",
)
def discount_repeating(club: Club) -> None:
    """A quarter off for three months."""
    sub = club.subscribe("s9028", "c0028", "2024-04-12 09:00", "classic", off="25% repeating")
    sub.change("2024-07-12 09:00", off="")
    sub.leave("2025-02-12 09:00")


@club_story("s9029 of c0029", "27.00 a month: 360 a year less 10 percent, over 12")
def discount_forever_on_a_year(club: Club) -> None:
    """A friend of the house: ten percent off for good."""
    club.subscribe("s9029", "c0029", "2024-04-13 09:00", "barista_year", off="10% forever")


@club_story(
    "s9030 of c0030, in GBP",
    "13.00 GBP; 9.00 at the end of 2025-01 and 2025-02 (18.00 under forever_only)",
)
def discount_amounts(club: Club) -> None:
    """Five pounds off for good; nine off for two months in January and February 2025."""
    sub = club.subscribe("s9030", "c0030", "2024-04-14 09:00", "classic_gbp", off="5 forever")
    sub.change("2025-01-14 09:00", off="9 repeating")
    sub.change("2025-03-14 09:00", off="5 forever")


@club_story(
    "s9031 of c0031: i9031-01",
    "new 20.00 in 2024-05: one bill of 0.00, paid without an attempt, lowers no MRR",
)
def first_month_for_nothing(club: Club) -> None:
    """The first month at a hundred percent off."""
    sub = club.subscribe("s9031", "c0031", "2024-05-15 09:00", "classic", off="100% once")
    sub.change("2024-06-15 09:00", off="")
    sub.leave("2025-03-15 09:00")


@club_story("s9032 of c0032", "expansion 2.00 (price) in 2025-01: same plan, same quantity")
def price_rise(club: Club) -> None:
    """The price of the plan went up."""
    sub = club.subscribe("s9032", "c0032", "2024-06-01 00:00", "classic")
    sub.change("2025-01-01 00:00", price=Decimal(22))
    sub.leave("2025-09-01 00:00")


@club_story("s9033 of c0033", "45.00, 72.00 from 2024-10, 54.00 from 2025-04: quantity")
def seats(club: Club) -> None:
    """A team of five grows to eight and shrinks to six."""
    sub = club.subscribe("s9033", "c0033", "2024-06-03 08:00", "office", quantity=5)
    sub.change("2024-10-09 11:00", quantity=8)
    sub.change("2025-04-02 11:00", quantity=6)
    sub.leave("2025-09-03 08:00")


@club_story(
    "s9034 of c0034: s9034-1, s9034-2",
    "20.00, 24.00 from 2024-08 (add_item), 20.00 from 2025-02 (drop_item); one invoice for both",
)
def two_items(club: Club) -> None:
    """Added filters to the beans and took them off again."""
    sub = club.subscribe("s9034", "c0034", "2024-06-04 08:00", "classic")
    sub.add_item("2024-08-04 08:00", "filters")
    sub.end("2025-02-04 08:00", reason="not_enough_use", asked="2025-01-20 08:00", nth=1)
    sub.leave("2025-10-04 08:00")


@club_story("s9035 .. s9039 of c0035 .. c0039", "13.00, 18.25, 18.00, 16.00 and 19.50 a month")
def other_intervals(club: Club) -> None:
    """By the week, by the day for three weeks, by the quarter, by two years, every four weeks."""
    weekly = club.subscribe("s9035", "c0035", "2026-02-02 08:00", "taster_week")
    weekly.end("2026-05-11 08:00", reason="other", asked="2026-05-08 08:00")
    daily = club.subscribe("s9036", "c0036", "2025-05-20 06:00", "cup_day")
    daily.end("2025-06-10 06:00", reason="moving", asked="2025-06-09 06:00")
    club.subscribe("s9037", "c0037", "2024-06-07 08:00", "classic_quarter")
    club.subscribe("s9038", "c0038", "2024-06-08 08:00", "classic_2years")
    club.subscribe("s9039", "c0039", "2025-06-09 08:00", "classic_4weeks")


@club_story(
    "s9040 of c0040", "contraction 3.00 in 2024-09 (20.00 -> 17.00); a bill at once, a new clock"
)
def from_month_to_year(club: Club) -> None:
    """Went from paying by the month to paying by the year."""
    sub = club.subscribe("s9040", "c0040", "2024-06-10 08:00", "classic")
    sub.change("2024-09-20 13:00", "classic_year")
    sub.leave("2025-09-20 13:00")
