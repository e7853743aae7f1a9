"""The shop's campaigns: who was assigned, held out, sent, and what they did with it.

What is built in (README.md tells it to readers): some campaigns have an effect, one has none. No
order is changed for it: in a campaign with an effect fewer of those who order in its window are
held out, which leaves the same rows as if the message had moved people who would else have stayed
away. Planned and real share of the holdout agree.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from generator.catalogue import AS_OF
from generator.ledger import Ledger, Row, moment, next_load, stamp
from generator.streams import Stream
from generator.voice import DAY, Orders, orders_between, paid_orders

Target = Callable[[Sequence[datetime], datetime], bool]


@dataclass(frozen=True, slots=True)
class Campaign:
    """One campaign; shares are in percent."""

    campaign_id: str
    name: str
    channel: str
    kind: str
    start: str
    cost: str
    size: int
    days: int = 30  # in which those who order are fewer in the holdout
    holdout: int = 0
    holdout_of_buyers: int = 0
    variants: tuple[str, ...] = ()
    ended_after: int = 7


CAMPAIGNS = (
    Campaign("k01", "Refill reminder", "email", "reminder", "2025-03-03 08:00", "180", 400, 30, 20, 10),
    Campaign("k02", "The farm behind the cup", "email", "brand", "2025-05-12 08:00", "240", 300, 30, 20, 20),
    Campaign("k03", "We miss you", "sms", "winback", "2025-09-15 10:00", "90", 190, 60, 20, 4),
    Campaign("k04", "Autumn offer", "email", "promotion", "2025-10-06 08:00", "210", 270, 30, 20, 12, ("A", "B")),
    Campaign("k05", "Advent letter", "mail", "newsletter", "2025-11-20 08:00", "330", 120),
    Campaign("k06", "Summer roast", "push", "promotion", "2026-06-15 16:00", "60", 100, 15, 20, 20),
)  # fmt: skip
SERIES = tuple(
    Campaign(f"k1{day}", f"Welcome, day {day}", "email", "onboarding", "2026-01-01 07:00", "20", 0)
    for day in (0, 2, 4, 6)
)  # sent so many days after the first order of January 2026


def write_campaigns(ledger: Ledger) -> None:
    """Write all campaigns and those of their members that are drawn by chance."""
    orders = paid_orders(ledger)
    for campaign in (*CAMPAIGNS, *SERIES):
        write_campaign(ledger, campaign)
    for campaign in CAMPAIGNS:
        is_winback = campaign.kind == "winback"
        write_members(ledger, campaign, orders, has_lapsed if is_winback else is_customer)
    write_series(ledger, orders)


def write_campaign(ledger: Ledger, campaign: Campaign) -> None:
    """Write the campaign itself."""
    start = moment(campaign.start)
    end = start + DAY * (31 if campaign in SERIES else campaign.ended_after)
    ledger.add(
        "campaigns",
        campaign_id=campaign.campaign_id,
        name=campaign.name,
        channel=campaign.channel,
        campaign_type=campaign.kind,
        started_at=stamp(start),
        ended_at=stamp(end) if end < AS_OF else "",
        cost=campaign.cost,
        holdout_share=f"{campaign.holdout / 100:.2f}" if campaign.holdout else "",
        _loaded_at=next_load(start),
    )


def is_customer(moments: Sequence[datetime], start: datetime) -> bool:
    """Somebody who ordered in the half year before."""
    return any(start - 180 * DAY < at < start for at in moments)


def has_lapsed(moments: Sequence[datetime], start: datetime) -> bool:
    """Somebody whose last order lies half a year back, or more."""
    before = [at for at in moments if at < start]
    return bool(before) and before[-1] < start - 180 * DAY


def write_members(ledger: Ledger, campaign: Campaign, orders: Orders, target: Target) -> None:
    """Write those who were assigned: a draw of those whom the campaign is for."""
    start = moment(campaign.start)
    found = []
    for customer_id, moments in orders.items():
        if target(moments, start):
            stream = Stream(f"campaign {campaign.campaign_id}", customer_id)
            buys = orders_between(moments, start, campaign.days) > 0
            # of the lapsed nearly nobody comes back: all of them are taken, so that some are there
            place = 0 if campaign.kind == "winback" and buys else stream.between(1, 9999)
            found.append((place, customer_id, buys, stream))
    chosen = sorted(found, key=lambda x: x[:2])[: campaign.size]
    buyers = sum(buys for _, _, buys, _ in chosen)
    others = len(chosen) - buyers
    held_others = len(chosen) * campaign.holdout / 100 - buyers * campaign.holdout_of_buyers / 100
    for _, customer_id, buys, stream in chosen:
        share = campaign.holdout_of_buyers / 100 if buys else held_others / others
        write_member(ledger, campaign, customer_id, start, stream, stream.chance(share))


def write_member(
    ledger: Ledger,
    campaign: Campaign,
    customer_id: str,
    assigned_at: datetime,
    stream: Stream,
    is_holdout: bool = False,
) -> None:
    """Write one member: the holdout gets nothing, the others get it minutes later."""
    variant = stream.pick(campaign.variants) if campaign.variants else ""
    sent_at = assigned_at + timedelta(minutes=stream.between(10, 55))
    delivered_at = sent_at + timedelta(seconds=stream.between(1, 50))
    hours = stream.quantile((0, 2, 5, 9, 12, 30))
    opened_at = delivered_at + timedelta(hours=hours, minutes=stream.between(1, 59))
    clicked_at = opened_at + timedelta(seconds=stream.between(5, 90))
    has_bounced, opens = stream.chance(0.02), stream.chance(0.42)
    clicks, leaves, complains = stream.chance(0.2), stream.chance(0.02), stream.chance(0.004)
    says_so = campaign.channel in ("email", "push")  # what else was opened is not known
    seen = says_so and opens and not has_bounced and opened_at < AS_OF
    went = {"sent_at": sent_at}
    if has_bounced:
        went["bounced_at"] = delivered_at
    elif campaign.channel != "mail":
        went["delivered_at"] = delivered_at
    if seen:
        went["opened_at"] = opened_at
    if seen and clicks and clicked_at < AS_OF:
        went["clicked_at"] = clicked_at
    if seen and leaves:
        went["unsubscribed_at"] = clicked_at + timedelta(minutes=1)
    if seen and complains:
        went["complained_at"] = clicked_at + timedelta(minutes=1)
    enrol(ledger, campaign.campaign_id, customer_id, assigned_at,
          is_holdout=is_holdout, variant="" if is_holdout else variant,
          went={} if is_holdout else went)  # fmt: skip


def enrol(
    ledger: Ledger,
    campaign_id: str,
    customer_id: str,
    assigned_at: datetime,
    *,
    is_holdout: bool = False,
    variant: str = "",
    went: dict[str, datetime] | None = None,
) -> Row:
    """Write that a customer was put into an arm, and how far the message went."""
    known = went or {}
    return ledger.add(
        "campaign_members",
        campaign_id=campaign_id,
        customer_id=customer_id,
        assigned_at=stamp(assigned_at),
        is_holdout="true" if is_holdout else "false",
        variant=variant,
        _loaded_at=next_load(max((assigned_at, *known.values()))),
        **{column: stamp(at) for column, at in known.items()},
    )


def write_series(ledger: Ledger, orders: Orders) -> None:
    """Four e-mails in the week after the first order, to the new customers of January 2026."""
    for customer_id, moments in orders.items():
        if f"{moments[0]:%Y-%m}" == "2026-01":
            for day, campaign in zip((0, 2, 4, 6), SERIES, strict=True):
                at = (moments[0] + DAY * (day + 1)).replace(hour=7, minute=0, second=0)
                stream = Stream(f"campaign {campaign.campaign_id}", customer_id)
                write_member(ledger, campaign, customer_id, at, stream)
