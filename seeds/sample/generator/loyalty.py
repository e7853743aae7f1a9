"""The loyalty programme and referrals of the shop, drawn by chance.

The programme opens in 2025: a point for every euro spent, 2.50 EUR off for 50 points, points that
lie for a year expire. 60 points make a member silver, 150 gold; a tier lasts a year.
What is built in: half of the members redeem when they can; members enrol with an order, so they buy
more than others do, before and after.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from generator.catalogue import AS_OF
from generator.ledger import Ledger, Row, moment, money, next_load, stamp
from generator.streams import Stream

STARTS = moment("2025-01-01 00:00")
COUNTS = ("fulfilled", "paid", "partially_refunded")
TIERS = ((150, "gold"), (60, "silver"))
REWARD = 50  # points
REWARD_VALUE = Decimal("2.50")
YEAR = timedelta(days=365)
DAY = timedelta(days=1)


@dataclass
class Account:
    """The account of one member: entries are written as they happen."""

    ledger: Ledger
    customer_id: str
    balance: int = 0
    earned: int = 0
    entries: int = 0
    tiers: list[Row] = field(default_factory=list)

    def enter(self, kind: str, at: datetime, points: int = 0, **values: str) -> None:
        """Write one entry."""
        self.entries += 1
        self.balance += points
        self.ledger.add(
            "loyalty_ledger",
            ledger_id=f"l{self.customer_id[1:]}-{self.entries}",
            customer_id=self.customer_id,
            occurred_at=stamp(at),
            entry_type=kind,
            points=str(points) if points else "",
            _loaded_at=next_load(at),
            **values,
        )

    def earn(self, at: datetime, points: int, order_id: str = "") -> None:
        """Write points for an order, and the tier that they reach."""
        self.enter("earn", at, points, order_id=order_id)
        self.earned += points
        reached = next((tier for least, tier in TIERS if self.earned >= least), None)
        if reached and (not self.tiers or self.tiers[-1]["tier"] != reached):
            self.move(reached, at)

    def redeem(self, at: datetime, order_id: str = "") -> None:
        """Write a reward."""
        self.enter("redeem", at, -REWARD, order_id=order_id, monetary_value=money(REWARD_VALUE))

    def move(self, tier: str, at: datetime) -> None:
        """End the tier before and begin this one."""
        if self.tiers:
            self.tiers[-1]["valid_to"] = stamp(at)
        row = self.ledger.add(
            "loyalty_tiers",
            customer_id=self.customer_id,
            tier=tier,
            valid_from=stamp(at),
            _loaded_at=next_load(at),
        )
        self.tiers.append(row)


def write_loyalty(ledger: Ledger) -> None:
    """Write the accounts of about one in ten of those who order after the programme has opened."""
    bought = defaultdict(list)
    for order in ledger.tables["orders"]:
        at = datetime.fromisoformat(order["ordered_at"]).replace(tzinfo=STARTS.tzinfo)
        is_drawn = order["customer_id"] and order["customer_id"] < "c9"
        if is_drawn and STARTS <= at < AS_OF and order["status"] in COUNTS:
            bought[order["customer_id"]].append((at, order))
    for customer_id, orders in sorted(bought.items()):
        stream = Stream("loyalty", customer_id)
        if stream.chance(0.14):
            write_member(ledger, customer_id, sorted(orders, key=lambda each: each[0]), stream)


def write_member(
    ledger: Ledger, customer_id: str, orders: list[tuple[datetime, Row]], stream: Stream
) -> None:
    """Write a member who enrols with one of their orders."""
    account = Account(ledger, customer_id)
    enrolled = stream.between(0, min(2, len(orders) - 1))
    redeems = stream.chance(0.5)
    last = orders[enrolled][0]
    account.enter("enrol", last)
    for at, order in orders[enrolled:]:
        if at - last > YEAR and account.balance > 0:
            account.enter("expire", last + YEAR, -account.balance)
        if redeems and account.balance >= REWARD:
            account.redeem(at, order["order_id"])
        points = int(Decimal(order["subtotal_amount"]) - Decimal(order["discount_amount"]))
        if points > 0 and at + 3 * DAY < AS_OF:
            account.earn(at + 3 * DAY, points, order["order_id"])
            last = at + 3 * DAY
    if last + YEAR < AS_OF and account.balance > 0:
        account.enter("expire", last + YEAR, -account.balance)
    if account.tiers and last + YEAR < AS_OF:
        account.tiers[-1]["valid_to"] = stamp(last + YEAR)


def write_referrals(ledger: Ledger) -> None:
    """Write who invited those that came by referral since 2025, and invitations without an
    answer."""
    known = [row for row in ledger.tables["customers"] if row["customer_id"] < "c9"]
    for row in known:
        signed_up = datetime.fromisoformat(row["created_at"]).replace(tzinfo=STARTS.tzinfo)
        if row["acquisition_channel"] != "referral" or signed_up < STARTS:
            continue
        stream = Stream("referral", row["customer_id"])
        older = [each for each in known if each["created_at"] < stamp(signed_up - 30 * DAY)]
        # a few people invite many
        referrer = stream.pick(older[:40] if stream.chance(0.4) else older)
        invited = signed_up - stream.between(1, 20) * DAY
        for nth in range(1 + stream.between(0, 2)):
            invite(
                ledger,
                f"i{row['customer_id'][1:]}-{nth + 1}",
                referrer["customer_id"],
                invited,
                *((row["customer_id"], signed_up) if nth == 0 else ()),
            )


def invite(
    ledger: Ledger,
    referral_id: str,
    referrer: str,
    invited_at: datetime,
    referred: str = "",
    signed_up_at: datetime | None = None,
    reward: str = "5.00",
) -> None:
    """Write one invitation, and its sign-up and reward when there was one."""
    ledger.add(
        "referrals",
        referral_id=referral_id,
        referrer_customer_id=referrer,
        referred_customer_id=referred,
        invited_at=stamp(invited_at),
        signed_up_at=stamp(signed_up_at) if signed_up_at else "",
        reward_amount=reward if signed_up_at else "",
        _loaded_at=next_load(signed_up_at or invited_at),
    )
