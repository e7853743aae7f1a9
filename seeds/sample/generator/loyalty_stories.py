"""Stories of the loyalty programme, of referrals and of marketing spend."""

from generator.ledger import Ledger, moment
from generator.loyalty import Account, invite
from generator.marketing import spend
from generator.stories import buy, loyalty_story, person


@loyalty_story(
    "c9401: l9401-1 to l9401-4",
    "base in 2025-02, silver from 2025-03 (up), gold from 2025-06 (up), base from 2026-06 (down); 155 points",
)
def climbs_and_falls(ledger: Ledger) -> None:
    """Enrols, reaches silver and gold, and loses the tier a year after the last order."""
    person(ledger, 9401, "2025-02-03 10:00")
    member = Account(ledger, "c9401")
    member.enter("enrol", moment("2025-02-03 10:05"))
    buy(ledger, 9401, 1, "2025-02-03 10:20", "p12")
    member.enter("adjust", moment("2025-02-03 10:06"), 5)
    for nth, day, points in ((2, "2025-03-10", 70), (3, "2025-06-01", 80)):
        order = buy(ledger, 9401, nth, f"{day} 10:00", "p01*3")
        member.earn(moment(f"{day} 12:00"), points, order.order_id)
    member.move("base", moment("2026-06-01 12:00"))


@loyalty_story(
    "c9402: l9402-2, l9402-3", "2025-01: 30 points earned; 2026-01: 30 expired, balance 0"
)
def lets_points_expire(ledger: Ledger) -> None:
    """Earns 30 points and never comes back; they expire after a year."""
    person(ledger, 9402, "2025-01-10 10:00")
    order = buy(ledger, 9402, 1, "2025-01-10 10:20", "p01*2")
    member = Account(ledger, "c9402")
    member.enter("enrol", moment("2025-01-10 10:20"))
    member.earn(moment("2025-01-13 10:20"), 30, order.order_id)
    member.enter("expire", moment("2026-01-13 10:20"), -30)


@loyalty_story(
    "c9403: l9403-3", "2025-05: 50 points redeemed, worth 2.50; balance 10; a badge is no point"
)
def redeems(ledger: Ledger) -> None:
    """Earns 60 points in two months, takes 2.50 EUR off the next order, wins a badge."""
    person(ledger, 9403, "2025-03-05 10:00")
    member = Account(ledger, "c9403")
    member.enter("enrol", moment("2025-03-05 10:00"))
    first = buy(ledger, 9403, 1, "2025-03-05 10:20", "p01*4")
    member.earn(moment("2025-03-08 10:20"), 60, first.order_id)
    second = buy(ledger, 9403, 2, "2025-05-06 10:20", "p01")
    member.redeem(moment("2025-05-06 10:20"), second.order_id)
    member.enter("badge", moment("2025-05-07 09:00"))


@loyalty_story("c9404, c9405", "one member, c9404, with 25 points")
def two_cards_of_one_person(ledger: Ledger) -> None:
    """Enrolled under both accounts of one e-mail address."""
    for number, day, points in ((9404, "2025-04-01", 10), (9405, "2025-09-01", 15)):
        person(ledger, number, f"{day} 10:00", email="story.9404@example.com")
        order = buy(ledger, number, 1, f"{day} 10:20", "p02")
        member = Account(ledger, f"c{number}")
        member.enter("enrol", moment(f"{day} 10:20"))
        member.earn(moment(f"{day} 18:00"), points, order.order_id)


@loyalty_story(
    "c9406 in loyalty_ledger only", "a member and customer that only the ledger knows (signal_only)"
)
def only_in_the_ledger(ledger: Ledger) -> None:
    """Took a card in the store: in no customers table, never ordered."""
    Account(ledger, "c9406").enter("enrol", moment("2025-05-05 15:00"))


@loyalty_story(
    "i9401 (c9407 -> c9408), i9402 (c9408 -> c9409), i9403 (no answer)",
    "c9407: a sign-up who bought; c9408, referred: 1 invite, 1 sign-up, no buyer",
)
def referral_chain(ledger: Ledger) -> None:
    """c9407 brings c9408, who buys and brings c9409, who does not."""
    person(ledger, 9407, "2025-01-20 10:00")
    buy(ledger, 9407, 1, "2025-01-20 10:10", "p08")
    person(ledger, 9408, "2025-02-20 10:00", acquisition_channel="referral")
    buy(ledger, 9408, 1, "2025-02-21 10:10", "p08*2")
    person(ledger, 9409, "2025-04-20 10:00", acquisition_channel="referral")
    invite(
        ledger, "i9401", "c9407", moment("2025-02-10 10:00"), "c9408", moment("2025-02-20 10:00")
    )
    invite(
        ledger, "i9402", "c9408", moment("2025-04-10 10:00"), "c9409", moment("2025-04-20 10:00")
    )
    invite(ledger, "i9403", "c9407", moment("2025-05-10 10:00"))


@loyalty_story(
    "i9404, i9405 (c9407 and c9410 -> c9411)",
    "a sign-up of c9410, who invited first; c9407's invitation brought nobody",
)
def invited_by_two(ledger: Ledger) -> None:
    """c9411 was invited by c9410 in June 2025 and by c9407 in July, and signed up in July."""
    person(ledger, 9410, "2025-01-22 10:00")
    person(ledger, 9411, "2025-07-20 10:00", acquisition_channel="referral")
    buy(ledger, 9411, 1, "2025-07-20 10:10", "p02")
    at = moment("2025-07-20 10:00")
    invite(ledger, "i9404", "c9407", moment("2025-07-10 10:00"), "c9411", at, reward="")
    invite(ledger, "i9405", "c9410", moment("2025-06-10 10:00"), "c9411", at)


@loyalty_story("i9406 (c9412 -> c9413)", "one customer: an invitation of themselves, in no number")
def invites_themselves(ledger: Ledger) -> None:
    """Invites a second address of their own for the reward; both have one phone number."""
    person(ledger, 9412, "2025-03-01 10:00", phone="+15550009412")
    buy(ledger, 9412, 1, "2025-03-01 10:10", "p02")
    person(ledger, 9413, "2025-03-15 10:00", phone="+15550009412", acquisition_channel="referral")
    invite(
        ledger, "i9406", "c9412", moment("2025-03-14 10:00"), "c9413", moment("2025-03-15 10:00")
    )


@loyalty_story("podcast, 2025-10", "a row with spend 900.00, no new customers and no cac")
def spend_without_customers(ledger: Ledger) -> None:
    """A podcast is paid for a month; nobody says they came from it."""
    spend(ledger, "2025-10-06", "podcast", "autumn", "900.00")


@loyalty_story("affiliate, 2025-11-20 in 2 versions", "120.00 EUR: the newer version")
def bill_is_corrected(ledger: Ledger) -> None:
    """A bill of 210.00 is loaded, and corrected to 120.00 two days later."""
    spend(ledger, "2025-11-20", "affiliate", "black_week", "210.00")
    row = ledger.tables["marketing_spend"][-1]
    ledger.new_version(row, "marketing_spend", moment("2025-11-22 10:00"), amount="120.00")


@loyalty_story("paid_search, 2025-12-10, two rows without a campaign", "15.00 + 25.00: both count")
def bills_without_a_campaign(ledger: Ledger) -> None:
    """Two bills of one day name no campaign."""
    spend(ledger, "2025-12-10", "paid_search", "", "15.00")
    spend(ledger, "2025-12-10", "paid_search", "", "25.00")
