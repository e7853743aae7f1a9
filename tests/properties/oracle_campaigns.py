"""Campaigns against their holdout, last touches and contacts, one customer at a time.

Nothing here is shared with the models but the reference seeds that users edit; the normal tail is
that of the standard library.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from statistics import NormalDist, variance

from tests.properties.harness_voice import reference
from tests.properties.oracle_customers import flag
from tests.properties.oracle_voice import Shop

STEPS = ("sent", "delivered", "opened", "clicked")
Want = dict[tuple[object, ...], dict[str, object]]


@dataclass
class Member:
    """One person of one campaign, over all their accounts."""

    customer: str
    assigned_at: datetime
    arms: set[tuple[bool, str | None]] = field(default_factory=set)
    steps: dict[str, datetime] = field(default_factory=dict)
    orders: int = 0
    revenue: Decimal = Decimal(0)
    is_eligible: bool = True
    is_mature: bool = False

    @property
    def is_conflicting(self) -> bool:
        return len(self.arms) > 1

    @property
    def is_holdout(self) -> bool:
        return any(held for held, _ in self.arms)

    @property
    def is_compared(self) -> bool:
        return not self.is_conflicting and self.is_eligible and self.is_mature


def goal_of(shop: Shop, campaign: object) -> dict[str, str]:
    """The row of campaign_goals that judges a campaign."""
    kinds = {row["campaign_type"]: row for row in reference("campaign_goals")}
    mine = [row for row in shop.rows["campaigns"] if row["campaign_id"] == campaign]
    return kinds.get(str(mine[0]["campaign_type"]) if mine else "", kinds["other"])


def members(shop: Shop, campaign: object, goal: str) -> list[Member]:
    """Everybody who was assigned before as_of, and what they did."""
    rule = goal_of(shop, campaign)
    found: dict[str, Member] = {}
    for row in shop.rows["campaign_members"]:
        customer, at = shop.who(row["customer_id"]), shop.before(row["assigned_at"])
        if row["campaign_id"] != campaign or customer is None or at is None:
            continue
        member = found.setdefault(customer, Member(customer, at))
        member.assigned_at = min(member.assigned_at, at)
        member.arms.add((flag(row["is_holdout"]), str(row["variant"] or "") or None))
        for step in (*STEPS, "bounced", "unsubscribed"):
            if when := shop.before(row.get(f"{step}_at")):
                member.steps[step] = min(when, member.steps.get(step, when))
    window = timedelta(days=int(rule["window_days"]))
    for member in found.values():
        orders = shop.orders(member.customer)
        inside = [
            row for at, row in orders if member.assigned_at <= at < member.assigned_at + window
        ]
        member.orders = len(inside)
        member.revenue = sum((Decimal(str(row["subtotal_amount"])) for row in inside), Decimal(0))
        member.is_mature = member.assigned_at + window <= shop.cut
        if goal == "reactivation":
            past = [at for at, _ in orders if at < member.assigned_at]
            lapse = timedelta(days=int(rule["lapsed_days"]))
            member.is_eligible = bool(past) and past[-1] + lapse <= member.assigned_at
    return list(found.values())


def is_in(member: Member, arm: str) -> bool:
    """Whether the member counts in an arm; people in several count as held out if they ever are."""
    if arm == "holdout" or member.is_holdout:
        return member.is_holdout and arm == "holdout"
    versions = sorted(version for _, version in member.arms if version)
    return arm == "all" or versions[:1] == [arm]


def effect(treated: Sequence[Member], held: Sequence[Member]) -> dict[str, object]:
    """Two proportions and two means, as a textbook has them."""
    n1, n0 = len(treated), len(held)
    x1, x0 = sum(m.orders > 0 for m in treated), sum(m.orders > 0 for m in held)
    p1, p0, pooled = Fraction(x1, n1), Fraction(x0, n0), Fraction(x1 + x0, n1 + n0)
    s1, s0 = (sum((m.revenue for m in arm), Decimal(0)) for arm in (treated, held))
    spread = p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0
    error = math.sqrt(pooled * (1 - pooled) * (Fraction(1, n1) + Fraction(1, n0)))
    found: dict[str, object] = {
        "conversion_rate_difference": p1 - p0,
        "relative_lift": (p1 - p0) / p0 if p0 else None,
        "incremental_conversions": (p1 - p0) * n1,
        "incremental_orders": sum(m.orders for m in treated)
        - Fraction(sum(m.orders for m in held) * n1, n0),
        "z_score": None,
        "p_value": None,
        "difference_ci_low": None,
        "revenue_per_customer_difference": Fraction(s1) / n1 - Fraction(s0) / n0,
        "revenue_difference_ci_high": None,
    }
    if error:
        z = float(p1 - p0) / error
        found["z_score"] = Fraction(z)
        found["p_value"] = Fraction(2 * (1 - NormalDist().cdf(abs(z))))
        found["difference_ci_low"] = Fraction(float(p1 - p0) - 1.96 * math.sqrt(spread))
    if n1 > 1 and n0 > 1:
        noise = (
            variance([m.revenue for m in treated]) / n1 + variance([m.revenue for m in held]) / n0
        )
        middle = float(Fraction(s1) / n1 - Fraction(s0) / n0)
        found["revenue_difference_ci_high"] = Fraction(middle + 1.96 * math.sqrt(noise))
    return found


def status(shop: Shop, campaign: object, people: Sequence[Member], treated: int, held: int) -> str:
    """Why an effect is published, or not."""
    holdout = [m for m in people if m.is_holdout]
    alone = [m for m in people if not m.is_conflicting]
    plan = [row for row in shop.rows["campaigns"] if row["campaign_id"] == campaign]
    share = Fraction(str(plan[0]["holdout_share"])) if plan and plan[0]["holdout_share"] else None
    if not holdout:
        return "no_holdout"
    if share and alone:
        wanted = [len(alone) * share, len(alone) * (1 - share)]
        got = [sum(m.is_holdout for m in alone), sum(not m.is_holdout for m in alone)]
        chi = sum((g - w) ** 2 / w for g, w in zip(got, wanted, strict=True))
        if 2 * (1 - NormalDist().cdf(math.sqrt(chi))) <= 0.001:
            return "sample_ratio_mismatch"
    if not treated or not held:
        return "nobody_to_compare"
    if any("sent" in m.steps for m in holdout if not m.is_conflicting):
        return "holdout_contacted"
    return "ok"


def performance(shop: Shop, goal: str) -> Want:
    """Every campaign with treated members, all and by version."""
    found: Want = {}
    for campaign in {row["campaign_id"] for row in shop.rows["campaign_members"]}:
        if goal == "reactivation" and goal_of(shop, campaign)["goal"] != goal:
            continue
        people = members(shop, campaign, goal)
        arms = {"all", *(v for m in people if not m.is_holdout for _, v in m.arms if v)}
        held = [m for m in people if is_in(m, "holdout") and m.is_compared]
        for arm in arms:
            assigned = [m for m in people if is_in(m, arm)]
            if not assigned:
                continue
            treated = [m for m in assigned if m.is_compared]
            verdict = status(shop, campaign, people, len(treated), len(held))
            comparable = verdict in ("ok", "holdout_contacted")
            found[campaign, arm] = {
                "assigned_customers": len(assigned),
                "sent_customers": sum("sent" in m.steps for m in assigned),
                "clicked_customers": sum("clicked" in m.steps for m in assigned),
                "treated_customers": len(treated),
                "treated_conversions": sum(m.orders > 0 for m in treated),
                "holdout_customers": len(held),
                "holdout_conversions": sum(m.orders > 0 for m in held),
                "comparison_status": verdict,
                **(effect(treated, held) if comparable else {"conversion_rate_difference": None}),
            }
    return found


def attributed(shop: Shop) -> Want:
    """Each order of somebody who was touched before it, and the campaign of the last touch."""
    rules = {row["channel"]: row for row in reference("attribution_windows")}
    touches: list[tuple[str, datetime, str, timedelta]] = []
    for campaign in shop.rows["campaigns"]:
        rule = rules[str(campaign["channel"])]
        for member in members(shop, campaign["campaign_id"], "purchase"):
            known = dict(member.steps)
            if rule["touch"] == "delivered" and not {"delivered", "bounced"} & known.keys():
                least = 0
            else:
                least = STEPS.index(rule["touch"])
            window = timedelta(hours=int(rule["window_hours"]))
            touches += [
                (member.customer, known[step], str(campaign["campaign_id"]), window)
                for step in STEPS[least:]
                if step in known
            ]
    found: Want = {}
    for customer in {touch[0] for touch in touches}:
        for at, row in shop.orders(customer):
            open_ones = [
                (at - touched, campaign)
                for who, touched, campaign, window in touches
                if who == customer and touched <= at < touched + window
            ]
            if open_ones:
                found[row["order_id"],] = {"campaign_id": min(open_ones)[1]}
    return found


def contact_days(shop: Shop) -> Want:
    """Each day with a contact, and the last day before as_of, of everybody ever contacted."""
    channels = {str(row["campaign_id"]): str(row["channel"]) for row in shop.rows["campaigns"]}
    sent: dict[str, list[tuple[date, str]]] = {}
    gone: dict[str, list[date]] = {}
    for row in shop.rows["campaign_members"]:
        customer, at = shop.who(row["customer_id"]), shop.before(row.get("sent_at"))
        if customer is None or at is None or shop.before(row["assigned_at"]) is None:
            continue
        if shop.before(row.get("bounced_at")) is None:
            channel = channels.get(str(row["campaign_id"]), "unknown")
            sent.setdefault(customer, []).append((shop.day(at), channel))
        if left := shop.before(row.get("unsubscribed_at")):
            gone.setdefault(customer, []).append(shop.day(left))
    last = (shop.as_of - timedelta(microseconds=1)).date()
    return {
        (customer, day): contact_day(contacts, gone.get(customer, []), day)
        for customer, contacts in sent.items()
        for day in {last, *(at for at, _ in contacts)}
    }


def contact_day(
    contacts: Sequence[tuple[date, str]], gone: Sequence[date], day: date
) -> dict[str, object]:
    """One day of one customer."""
    caps = {row["channel"]: row for row in reference("contact_caps")}

    def within(days: int, at: date, channel: str = "all") -> int:
        return sum(
            at - timedelta(days=days) < when <= at and channel in ("all", name)
            for when, name in contacts
        )

    over = any(
        row[f"max_contacts_{days}d"] and within(days, day, name) > int(row[f"max_contacts_{days}d"])
        for name, row in caps.items()
        for days in (7, 28)
    )
    earlier = [when for when, _ in contacts if when < day]
    upto = [(when, name) for when, name in contacts if when <= day]
    # the first day after the last contact's cadence on which one more stays under the caps
    due: date | None = max(when for when, _ in upto) + timedelta(
        days=int(caps["all"]["due_after_days"])
    )
    while due is not None and any(
        sum(due - timedelta(days=days) < when <= due for when, _ in upto) + 1
        > int(caps["all"][f"max_contacts_{days}d"])
        for days in (7, 28)
    ):
        due += timedelta(days=1)
    if any(left <= day for left in gone):
        due = None
    return {
        "contacts": within(1, day),
        "email_contacts": within(1, day, "email"),
        "sms_contacts": within(1, day, "sms"),
        "contacts_7d": within(7, day),
        "contacts_28d": within(28, day),
        "is_over_cap": over,
        "days_since_last_contact": (day - max(earlier)).days if earlier else None,
        "next_due_date": due,
    }
