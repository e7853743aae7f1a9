"""About 400 members of the coffee club drawn by chance from the shop's customers.

What is built in (README.md tells it to readers): everybody has a chance of their own to leave at a
renewal, the least of k equally likely numbers, which is the beta distribution (1, k) of the shifted
beta geometric model; k grows with the year of the start and depends on the acquisition channel.
So the members who stay are ever more loyal, and later cohorts are better.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from generator.billing import DAY, add_interval
from generator.catalogue import AS_OF, HOURS, SIGNUPS
from generator.ledger import moment
from generator.plans import PLANS, Plan
from generator.population import Person, draw_person, month_start
from generator.streams import Stream
from generator.subscriptions import Club, Subscription

KEPT_FOR_STORIES = 80  # c0001 .. c0080: no chance there, so that a new story changes no row
OPENED = moment("2024-03-01 00:00")
FLOW_SINCE = moment("2024-09-01 00:00")  # before, members wrote an e-mail to leave
LEAST_OF = {2024: 6, 2025: 9, 2026: 12}  # k of the start's year
CHANNEL_SHIFT = {"affiliate": -3, "paid_social": -2, "referral": 3, "email": 2}
UPTAKE = {"GB": 0.6}  # elsewhere:
UPTAKE_ELSEWHERE = 0.18
TIERS = ("taster", "classic", "barista")
STARTS = (
    ("taster", 20), ("classic", 30), ("barista", 9), ("classic_quarter", 24), ("classic_year", 10),
    ("barista_year", 4), ("classic_4weeks", 2), ("taster_week", 1),
)  # fmt: skip
BRITISH = (
    ("taster_gbp", 8), ("classic_gbp", 12), ("barista_gbp", 4), ("classic_quarter_gbp", 8),
    ("classic_year_gbp", 4),
)  # fmt: skip
DISCOUNTS = (
    ("", 74), ("50% once", 12), ("25% repeating", 7), ("10% forever", 4), ("2 forever", 3),
)  # fmt: skip
REASONS = (
    ("too_expensive", 30), ("too_much_coffee", 22), ("not_enough_use", 16), ("taste", 10),
    ("competitor", 9), ("moving", 7), ("other", 6),
)  # fmt: skip
CODES = (
    ("insufficient_funds", 62), ("issuer_unavailable", 8), ("expired_card", 22), ("stolen_card", 8)
)  # fmt: skip
ENDING, GOING_ON = True, False


@dataclass(slots=True)
class Member:
    """A subscription that is being lived: its clock and its owner's patience."""

    club: Club
    subscription: Subscription
    stream: Stream
    patience: int  # chance in ten thousand to leave, each month
    anchor: datetime
    count: int = 0
    discounted_bills: int = 0  # left of a discount that does not last

    @property
    def plan(self) -> Plan:
        return self.subscription.item().states[-1].plan

    def bill_at(self, count: int) -> datetime:
        """When the bill so many intervals after the clock's start is made."""
        unit, size = self.plan.interval
        return add_interval(self.anchor, unit, count * size)

    def within(self, start: datetime, end: datetime) -> datetime:
        """A moment between the two, neither of them."""
        minutes = int((end - start).total_seconds()) // 60
        return start + timedelta(minutes=self.stream.between(1, max(minutes - 1, 1)))


def write_population_of_club(club: Club) -> None:
    """Write every member that is drawn by chance."""
    number = 0
    for month, count in enumerate(SIGNUPS):
        for _ in range(count):
            number += 1
            person = draw_person(number, month_start(month))
            if number > KEPT_FOR_STORIES:
                write_member(club, person)


def write_member(club: Club, person: Person) -> None:
    """Write a customer's subscriptions, if they ever join."""
    stream = Stream("club", person.customer_id)
    if not stream.chance(UPTAKE.get(person.country, UPTAKE_ELSEWHERE)):
        return
    wait = stream.quantile((1, 6, 18, 40, 75, 120, 200))
    start = stream.moment(max(person.created_at, OPENED) + DAY * wait, HOURS)
    if start >= AS_OF:
        return
    name = f"s{person.number:04d}"
    ended_at = live(club, stream, person, name, start)
    ends = [ended_at or AS_OF]
    if ended_at and stream.chance(0.2):
        again = stream.moment(ended_at + DAY * stream.quantile((8, 20, 45, 80, 130, 260)), HOURS)
        if again < AS_OF:
            ends.append(live(club, stream, person, f"{name}b", again, is_back=True) or AS_OF)
    write_cards(club, person.customer_id, start, max(ends))


def live(
    club: Club, stream: Stream, person: Person, name: str, start: datetime, *, is_back: bool = False
) -> datetime | None:
    """Write one subscription from its start; return when it ended, None while it runs."""
    plan = stream.weighted(BRITISH if person.country == "GB" else STARTS)
    off = stream.weighted(DISCOUNTS)
    on_trial = stream.chance(0.25) and not is_back
    status = "trialing" if on_trial else ""
    subscription = club.subscribe(name, person.customer_id, start, plan, status=status, off=off)
    least_of = LEAST_OF[start.year] + CHANNEL_SHIFT.get(person.acquisition.channel, 0)
    patience = min(stream.between(0, 9999) for _ in range(least_of))
    member = Member(club, subscription, stream, patience, start)
    bills = {"once": 1, "repeating": 3}
    member.discounted_bills = bills.get(off.partition(" ")[2], 0)
    if on_trial:
        member.anchor = start + 14 * DAY
        if member.anchor >= AS_OF:
            return None
        if not stream.chance(0.62):
            subscription.end(member.anchor, "trial_expired")
            return member.anchor
        subscription.change(member.anchor, status="active")
    while member.bill_at(member.count) < AS_OF:
        if one_interval(member) is ENDING:
            break
    return subscription.item().ended_at


def one_interval(member: Member) -> bool:
    """Live from one bill to the next."""
    at, end = member.bill_at(member.count), member.bill_at(member.count + 1)
    subscription, stream = member.subscription, member.stream
    days = (end - at).days
    if member.discounted_bills == 0 and lasts_no_longer(subscription):
        subscription.change(at, off="")
    member.discounted_bills = max(member.discounted_bills - 1, 0)
    free_from = at
    if member.count and stream.chance(0.045):
        solved_at = write_failure(member, at, days)
        if solved_at is None:
            return ENDING
        free_from = solved_at
    if any(stream.chance(member.patience / 10000) for _ in range(max(days // 29, 1))):
        return leave(member, free_from, end)
    if end < AS_OF:
        something_happens(member, free_from, end)
    if member.anchor <= at:  # else a new clock has been started
        member.count += 1
    return GOING_ON


def lasts_no_longer(subscription: Subscription) -> bool:
    """Whether the discount of the open state was for a while only."""
    off = subscription.item().states[-1].discount
    return bool(off and off.duration != "forever")


def write_failure(member: Member, at: datetime, days: int) -> datetime | None:
    """The bill of this moment is refused; return when it was paid, None when it never is."""
    stream, subscription = member.stream, member.subscription
    code = stream.weighted(CODES)
    is_soft = code in ("insufficient_funds", "issuer_unavailable")
    is_paid = stream.chance(0.74 if is_soft else 0.6)
    by = "retry" if is_soft and stream.chance(0.8) else stream.pick(("card_update", "manual"))
    by_itself = DAY * stream.pick((1, 3, 3, 5, 7))
    by_somebody = timedelta(minutes=stream.between(90, 60 * 24 * 9))
    wait = by_itself if by == "retry" else by_somebody
    if by == "card_update" and is_paid:
        code = "expired_card"
    elif code == "expired_card":
        code = "do_not_honor"
    if days < 10:
        wait = min(wait, 3 * DAY)
    solved_at = at + wait
    if not is_paid:
        solved_at = at + DAY * min(21, days - 1)
    if solved_at >= AS_OF:
        subscription.fail(at, code=code)
        return None
    if is_paid:
        subscription.fail(at, solved_at, code, by)
        if by == "card_update":
            note_new_card(member, solved_at)
        return solved_at
    subscription.fail(at, code=code)
    subscription.end(solved_at, "involuntary", "payment_failed")
    return None


def note_new_card(member: Member, at: datetime) -> None:
    """The old card, expired the month before, and that it was replaced."""
    customer_id = member.subscription.customer_id
    before = at.replace(day=1) - DAY
    member.club.card(customer_id, f"{before:%Y-%m}", at - 90 * DAY, last4=last4(member.stream))


def leave(member: Member, start: datetime, end: datetime) -> bool:
    """Ask to end: usually with the end of the paid time, sometimes at once."""
    stream, subscription = member.stream, member.subscription
    asked_at = member.within(start, end)
    reason = stream.weighted(REASONS)
    visits = asked_at > FLOW_SINCE and stream.chance(0.6)
    offer = stream.weighted((("none", 3), ("discount", 4), ("pause", 3), ("downgrade", 1)))
    if asked_at >= AS_OF:
        return ENDING  # not asked yet
    if visits:
        member.club.session(
            subscription, asked_at, reason, "cancelled", offer, stream.between(1, 9)
        )
    at_once = asked_at if stream.chance(0.18) else end
    if at_once >= AS_OF:
        subscription.request_end(asked_at, reason)
    else:
        subscription.end(at_once, "voluntary", reason, asked_at)
    return ENDING


def something_happens(member: Member, start: datetime, end: datetime) -> None:
    """Draw what happens in an interval that is not the last: usually nothing."""
    stream, subscription = member.stream, member.subscription
    at = member.within(start, end)
    draw = stream.between(0, 999)
    if draw < 17:
        change_tier(member, at, 1)
    elif draw < 30:
        change_tier(member, at, -1)
    elif draw < 42:
        pause(member, end)
    elif draw < 48:
        change_to_year(member, at)
    elif draw < 54:
        quantity = subscription.item().states[-1].quantity
        subscription.change(at, quantity=quantity + 1 if quantity == 1 else quantity - 1)
    elif draw < 80 and at > FLOW_SINCE:
        think_of_leaving(member, at, end)
    elif draw < 94:
        give_back(member, at)


def change_tier(member: Member, at: datetime, step: int) -> None:
    """Go one tier up or down, if there is one with the same interval."""
    name, _, currency = member.plan.plan_id.partition("_")
    suffix = f"_{currency}" if currency else ""
    if name not in TIERS:
        return
    tier = TIERS.index(name) + step
    if 0 <= tier < len(TIERS) and f"{TIERS[tier]}{suffix}" in PLANS:
        member.subscription.change(at, TIERS[tier] + suffix)


def change_to_year(member: Member, at: datetime) -> None:
    """From a month to a year: a new clock, and a bill at once."""
    british = member.plan.currency == "GBP"
    if member.plan.interval == ("month", 1):
        member.subscription.change(at, "classic_year" + ("_gbp" if british else ""), off="")
        member.anchor, member.count, member.discounted_bills = at, 0, 0


def pause(member: Member, end: datetime) -> None:
    """Pause from the end of the paid time, for one to three months; some never come back."""
    stream, subscription = member.stream, member.subscription
    until = stream.moment(end + DAY * stream.between(25, 95), HOURS)
    comes_back = stream.chance(0.75)
    if until >= AS_OF:
        subscription.pause(end)
        member.anchor, member.count = AS_OF, 0
    elif comes_back:
        subscription.pause(end, until)
        member.anchor, member.count = until, 0
    else:
        subscription.pause(end)
        subscription.end(until, "voluntary", stream.weighted(REASONS), until)
        member.anchor, member.count = AS_OF, 0


def think_of_leaving(member: Member, at: datetime, end: datetime) -> None:
    """Go through the cancellation flow and stay, thanks to the offer or for want of patience."""
    stream, subscription = member.stream, member.subscription
    reason, minutes = stream.weighted(REASONS), stream.between(1, 9)
    offer = stream.weighted((("discount", 5), ("pause", 3), ("downgrade", 2), ("extension", 1)))
    saved = stream.chance(0.55)
    outcome = "saved" if saved else "abandoned"
    member.club.session(subscription, at, reason, outcome, offer, minutes)
    if not saved:
        return
    done = at + timedelta(minutes=minutes)
    if offer == "discount" and done < end:
        subscription.change(end, off="25% repeating")
        member.discounted_bills = 3
    elif offer == "pause":
        pause(member, end)
    elif offer == "downgrade" and done < end:
        change_tier(member, done, -1)


def give_back(member: Member, at: datetime) -> None:
    """Give back the last bill in part or in full; the subscription goes on."""
    percent, reason = member.stream.pick((25, 50, 100)), member.stream.pick(("late", "damaged"))
    if not member.subscription.refunds:
        member.subscription.give_back(at, percent, reason)


def write_cards(club: Club, customer_id: str, start: datetime, end: datetime) -> None:
    """Write the card that is charged; it does not expire before the subscription ends."""
    stream = Stream("card", customer_id)
    last = min(end, AS_OF - DAY)
    expires = add_interval(last, "month", stream.between(0, 40))
    known = [x for x in club.ledger.tables["payment_methods"] if x["customer_id"] == customer_id]
    loaded = moment(known[-1]["_loaded_at"]) + 80 * DAY if known else start
    club.card(customer_id, f"{expires:%Y-%m}", min(loaded, AS_OF - DAY), last4=last4(stream))


def last4(stream: Stream) -> str:
    """Four digits."""
    return f"{stream.between(0, 9999):04d}"
