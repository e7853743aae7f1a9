"""Lifecycle history, audiences, points and payback from raw rows, in plain Python and slowly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from tests.properties.oracle_calendar import (
    add_periods,
    midnight,
    moment,
    period_start,
    periods_between,
    to_local,
)
from tests.properties.oracle_rfm import lifecycle_stage
from tests.properties.strategies_programmes import KNOWN_SINCE

Row = Mapping[str, object]
Rows = Mapping[str, Sequence[Row]]


@dataclass(frozen=True)
class Programme:
    """The raw rows, as_of and the time zone."""

    rows: Rows
    as_of: datetime
    zone: str

    @classmethod
    def of(cls, rows: Rows, variables: Mapping[str, object]) -> Programme:
        as_of = moment(variables["as_of"])
        assert as_of is not None
        return cls(rows, as_of, str(variables["reporting_timezone"]))

    def local(self, value: object) -> datetime | None:
        at = moment(value)
        return None if at is None else to_local(at, self.zone)

    def seen(self, table: str, column: str) -> list[tuple[datetime, Row]]:
        """Rows before as_of with their local time, oldest first."""
        found = [(at, row) for row in self.rows[table] if (at := self.local(row[column]))]
        return sorted(((at, row) for at, row in found if at < self.as_of), key=lambda each: each[0])

    @property
    def names(self) -> list[str]:
        return [str(row["customer_id"]) for row in self.rows["customers"]]

    def order_times(self) -> dict[str, list[datetime]]:
        found: dict[str, list[datetime]] = {name: [] for name in self.names}
        for at, row in self.seen("orders", "ordered_at"):
            found[str(row["customer_id"])].append(at)
        return found

    def months(self, first: date) -> list[date]:
        """Months from the first to that of the last instant before as_of."""
        last = period_start("month", (self.as_of - timedelta(microseconds=1)).date())
        return [
            add_periods("month", first, n) for n in range(periods_between("month", first, last) + 1)
        ]

    def month_end(self, month: date) -> datetime:
        return min(midnight(add_periods("month", month, 1)), self.as_of)


def month_of(at: datetime) -> date:
    return period_start("month", at.date())


def stage_on(day: date, times: Sequence[datetime], cut: datetime) -> str:
    """The stage that a build with `cut` would say."""
    before = [at for at in times if at < cut]
    if not before:
        return "prospect"
    first, last = (day - before[0].date()).days, (day - before[-1].date()).days
    return lifecycle_stage(first, last, len(before))


def stage_history(one: Programme) -> dict[tuple[str, date], str]:
    """Customer and day -> the stage at the start of the day; at as_of for its own day."""
    known = one.local(KNOWN_SINCE)
    assert known is not None
    found = {}
    for name, times in one.order_times().items():
        day = known.date() + timedelta(days=1)
        while day <= one.as_of.date():
            cut = one.as_of if day == one.as_of.date() else midnight(day)
            found[name, day] = stage_on(day, times, cut)
            day += timedelta(days=1)
    return found


def audiences(one: Programme) -> dict[tuple[object, ...], dict[str, object]]:
    """Customer -> audience."""
    return {(name,): {"audience": audience_of(name, one)} for name in one.names}


def audience_of(name: str, one: Programme) -> str:
    """The rules from the top; the first that fits."""
    today = one.as_of.date()
    mine = [
        (row, one.local(row["valid_to"]))
        for _, row in one.seen("subscriptions", "valid_from")
        if row["customer_id"] == name
    ]
    running = [row for row, end in mine if end is None or end >= one.as_of]
    trial_ends = [
        (end.date() - today).days
        for row, end in mine
        if row["status"] == "trialing" and end is not None and end >= one.as_of
    ]
    paid = [row for row in running if row["status"] == "active"]
    asked = [row for row in paid if is_asked(row, one)]
    failed = [row["customer_id"] for _, row in one.seen("payment_attempts", "attempted_at")]
    stage = stage_on(today, one.order_times()[name], one.as_of)
    rules = (
        ("cancelled_winback", any(row["status"] == "active" for row, _ in mine) and not running),
        ("trial_expiring", any(days <= 7 for days in trial_ends)),
        ("dunning", name in failed),
        ("onboarding", stage == "onboarding"),
        ("active", stage == "active" or (bool(paid) and not asked)),
        ("at_risk", stage == "at_risk" or bool(asked)),
        (stage, True),
    )
    return next(audience for audience, fits in rules if fits)


def is_asked(row: Row, one: Programme) -> bool:
    """Whether the customer had asked to cancel before as_of."""
    at = one.local(row["cancel_requested_at"])
    return at is not None and at < one.as_of


@dataclass(frozen=True)
class Ledger:
    """The entries before as_of, and since when everybody is a member."""

    one: Programme
    entries: Sequence[tuple[datetime, Row]]
    enrolled: Mapping[str, datetime]

    @classmethod
    def of(cls, one: Programme) -> Ledger:
        entries = one.seen("loyalty_ledger", "occurred_at")
        enrolled: dict[str, datetime] = {}
        for at, row in [each for each in entries if each[1]["entry_type"] == "enrol"] + entries:
            enrolled.setdefault(str(row["customer_id"]), at)
        return cls(one, entries, enrolled)

    def tier_at(self, name: str, end: datetime) -> str:
        """The tier that began last before `end` and lasted to it."""
        fitting = [
            str(row["tier"])
            for at, row in self.one.seen("loyalty_tiers", "valid_from")
            if row["customer_id"] == name
            and at < end
            and ((until := self.one.local(row["valid_to"])) is None or until >= end)
        ]
        return fitting[-1] if fitting else "base"

    def held(self, month: date) -> dict[str, str]:
        """Member -> tier at the end of the month."""
        end = self.one.month_end(month)
        return {
            name: self.tier_at(name, end)
            for name, at in self.enrolled.items()
            if month_of(at) <= month
        }

    def booked(self, members: Sequence[str], month: date) -> list[tuple[date, str, str, Decimal]]:
        """Month, member, kind and points of what counts up to this month."""
        found = []
        for at, row in self.entries:
            name = str(row["customer_id"])
            if name in members:
                when = max(month_of(at), month_of(self.enrolled[name]))
                points = Decimal(str(row["points"] or 0))
                found.append((when, name, str(row["entry_type"]), points))
        return [each for each in found if each[0] <= month]

    def sold(self, members: Sequence[str], month: date) -> list[tuple[str, Decimal]]:
        """Member and amount of the month's orders from the day of enrolment on."""
        return [
            (name, Decimal(str(row["subtotal_amount"])))
            for at, row in self.one.seen("orders", "ordered_at")
            if (name := str(row["customer_id"])) in members
            and month_of(at) == month
            and at.date() >= self.enrolled[name].date()
        ]

    def cell(self, members: Sequence[str], month: date) -> dict[str, object]:
        """One row of the mart."""
        booked = self.booked(members, month)
        sold = self.sold(members, month)
        now = [each for each in booked if each[0] == month]
        kinds = {"earn": Decimal(0), "redeem": Decimal(0), "expire": Decimal(0), "": Decimal(0)}
        for _, _, kind, points in now:
            kinds[kind if kind in kinds else ""] += points
        active = {name for _, name, kind, _ in now if kind in ("earn", "redeem")}
        return {
            "members": len(members),
            "active_members": len(active | {name for name, _ in sold}),
            "points_balance": sum((each[3] for each in booked), Decimal(0)),
            "points_earned": kinds["earn"],
            "points_redeemed": -kinds["redeem"],
            "points_expired": -kinds["expire"],
            "points_adjusted": kinds[""],
            "net_revenue": sum((amount for _, amount in sold), Decimal(0)),
        }


def loyalty_months(one: Programme) -> dict[tuple[object, ...], dict[str, object]]:
    """Month and tier -> members, points and what moved; tiers exist from their first member on."""
    ledger = Ledger.of(one)
    found: dict[tuple[object, ...], dict[str, object]] = {}
    if not ledger.enrolled:
        return found
    scopes = {"all"}
    for month in one.months(month_of(min(ledger.enrolled.values()))):
        held = ledger.held(month)
        scopes |= set(held.values())
        for scope in scopes:
            members = [name for name, tier in held.items() if scope in ("all", tier)]
            found[month, scope] = ledger.cell(members, month)
    return found


def spend_by_month(one: Programme) -> dict[tuple[str, date], Decimal | None]:
    """Channel and month with spend -> that to win customers; None when all of it was to keep.

    Without orders and subscriptions there is no currency to report it in.
    """
    found: dict[tuple[str, date], Decimal | None] = {}
    is_priced = one.seen("orders", "ordered_at") or one.seen("subscriptions", "valid_from")
    for row in one.rows["marketing_spend"]:
        day = date.fromisoformat(str(row["spend_date"]))
        if day < one.as_of.date():
            key = str(row["channel"]), period_start("month", day)
            found.setdefault(key, None)
            if is_priced and not row["is_retention_spend"]:
                found[key] = (found[key] or Decimal(0)) + Decimal(str(row["amount"]))
    return found


def payback(spend: Decimal, margins: Mapping[int, Decimal], begun_months: int) -> int | None:
    """The first month whose cumulative margin reaches the spend, once any margin is known."""
    total = Decimal(0)
    for k in range(begun_months):
        total += margins.get(k, Decimal(0))
        if margins and k >= min(margins) and total >= spend:
            return k
    return None


def acquisition(one: Programme) -> dict[tuple[object, ...], dict[str, object]]:
    """Channel and month -> customers, spend and the month of payback."""
    channels = {
        str(row["customer_id"]): str(row["acquisition_channel"] or "unattributed")
        for row in one.rows["customers"]
    }
    costs = {str(line["order_id"]): line["unit_cost"] for line in one.rows["order_lines"]}
    starts: dict[str, date] = {}
    margins: dict[tuple[str, date], dict[int, Decimal]] = defaultdict(dict)
    for at, row in one.seen("orders", "ordered_at"):
        name = str(row["customer_id"])
        start = starts.setdefault(name, month_of(at))
        cost = costs[str(row["order_id"])]
        if cost is not None:
            mine = margins[channels[name], start]
            k = periods_between("month", start, month_of(at))
            gain = Decimal(str(row["subtotal_amount"])) - Decimal(str(cost))
            mine[k] = mine.get(k, Decimal(0)) + gain
    spent = spend_by_month(one)
    cohorts = [(channels[name], month) for name, month in starts.items()]
    found: dict[tuple[object, ...], dict[str, object]] = {}
    for key in {*cohorts, *spent}:
        spend, is_cohort = spent.get(key), key in cohorts
        found[key] = {
            "new_customers": cohorts.count(key),
            "spend": spend,
            "payback_month": payback(spend, margins[key], len(one.months(key[1])))
            if spend is not None and is_cohort
            else None,
        }
    return found
