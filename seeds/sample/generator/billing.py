"""Bills of a subscription, worked out from its states: what was charged, tried, paid, given back.

A bill is made at the start of each paid interval, for the items as they are at that moment; a
change of price or seats is charged from the next bill on; a change of interval and the end of a
pause start a new clock. What a machine counted is charged when its interval is over. A bill that
is not paid at once makes the subscription past due in the same moment, until it is paid, let go,
or the subscription ends. There is tax on top, after the discount.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from generator.catalogue import AS_OF, TAX_PERCENT
from generator.ledger import Ledger, cents, money, next_load, stamp
from generator.subscriptions import Club, Failure, Item, Refund, State, Subscription

DAY = timedelta(days=1)
RETRY_DAYS = (1, 3, 5, 7, 14, 21)


@dataclass(frozen=True, slots=True)
class Period:
    """What one bill is for."""

    start: datetime
    end: datetime
    reason: str


def add_interval(at: datetime, unit: str, count: int) -> datetime:
    """Return the moment so many intervals later; the 31st becomes the last day of a short month."""
    if unit in ("day", "week"):
        return at + DAY * count * (7 if unit == "week" else 1)
    months = at.year * 12 + at.month - 1 + count * (12 if unit == "year" else 1)
    first = at.replace(year=months // 12, month=months % 12 + 1, day=1)
    last = ((first + 31 * DAY).replace(day=1) - DAY).day
    return first.replace(day=min(at.day, last))


def periods(item: Item, until: datetime) -> Iterator[Period]:
    """Return the paid intervals of an item that begin before `until`."""
    clock: State | None = None  # the state that the clock was started by
    count = 0
    at = item.states[0].valid_from
    while at < until:
        state = item.at(at)
        if state is None:
            return
        if not state.is_billable:
            clock = None
            if state.valid_to is None:
                return
            at = state.valid_to
            continue
        reason = "cycle"
        if clock is None or clock.plan.interval != state.plan.interval:
            reason = "update" if clock else "create"
            clock, count = state, 0
        count += 1
        unit, size = clock.plan.interval
        end = add_interval(clock.valid_from, unit, count * size)
        yield Period(at, end, reason)
        at = next(
            (
                later.valid_from
                for later in item.states
                if at < later.valid_from < end
                and not (later.is_billable and later.plan.interval == clock.plan.interval)
            ),
            end,
        )


def write_bills(club: Club, subscription: Subscription) -> None:
    """Write every invoice of a subscription with its attempts and refunds."""
    found = list(periods(subscription.item(), AS_OF))
    for number, period in enumerate(found, start=1):
        if number > 1 and period.reason == "create":  # after a pause
            period = Period(period.start, period.end, "cycle")
        following = found[number].start if number < len(found) else AS_OF
        refunds = [x for x in subscription.refunds if period.start < x.at < following]
        write_bill(club, subscription, number, period, refunds)


def amounts(subscription: Subscription, at: datetime) -> tuple[Decimal, Decimal]:
    """Return the subtotal of the bill of this moment and what the discounts take off."""
    subtotal = off = Decimal(0)
    for item in subscription.items:
        for state in item.states:
            counted = state.valid_to == at if state.plan.is_metered else state.holds_at(at)
            if counted and state.is_billable:
                price = state.price * state.quantity
                subtotal += price
                off += state.discount.off(price) if state.discount else 0
    return subtotal, off


def write_bill(
    club: Club, subscription: Subscription, number: int, period: Period, refunds: list[Refund]
) -> None:
    """Write one invoice, its attempts, its refunds."""
    invoice_id = f"i{subscription.subscription_id[1:]}-{number:02d}"
    subtotal, off = amounts(subscription, period.start)
    country = club.countries.get(subscription.customer_id, "DE")
    tax = cents((subtotal - off) * TAX_PERCENT[country] / 100)
    total = subtotal - off + tax
    status, closed_at = outcome(subscription, period.start)
    if subscription.pays_by_transfer:
        closed_at = period.start + 9 * DAY
        status = "paid" if closed_at < AS_OF else "open"
    due = stamp(period.start + 14 * DAY) if subscription.pays_by_transfer else ""
    is_closed = status != "open"
    club.ledger.add(
        "invoices",
        invoice_id=invoice_id,
        customer_id=subscription.customer_id,
        subscription_id=subscription.subscription_id,
        issued_at=stamp(period.start),
        due_at=due,
        period_start=stamp(period.start),
        period_end=stamp(period.end),
        currency=subscription.currency,
        subtotal=money(subtotal),
        discount=money(off),
        tax=money(tax),
        total=money(total),
        amount_paid=money(total) if status == "paid" else "0",
        status=status,
        billing_reason=period.reason,
        closed_at=stamp(closed_at) if is_closed else "",
        _loaded_at=next_load(closed_at if is_closed else period.start),
    )
    if total:
        write_attempts(
            club.ledger, subscription, invoice_id, period.start, closed_at, status, total
        )
    for refund in refunds:
        amount = cents((subtotal - off) * refund.percent / 100)
        club.ledger.add(
            "refunds",
            refund_id=f"r{invoice_id}",
            invoice_id=invoice_id,
            refunded_at=stamp(refund.at),
            amount=money(amount),
            tax_amount=money(cents(tax * refund.percent / 100)),
            shipping_amount="0",
            reason=refund.reason,
            _loaded_at=next_load(refund.at),
        )


def outcome(subscription: Subscription, at: datetime) -> tuple[str, datetime]:
    """Return what became of the bill of this moment, and when."""
    failure = subscription.failures.get(at)
    if failure is None:
        return "paid", at
    item = subscription.item()
    state = item.at(at)
    if state is None or state.valid_to is None or state.valid_to >= AS_OF:
        return "open", AS_OF
    if failure.by == "void":
        return "void", state.valid_to
    return ("paid" if item.at(state.valid_to) else "uncollectible"), state.valid_to


def write_attempts(
    ledger: Ledger,
    subscription: Subscription,
    invoice_id: str,
    issued_at: datetime,
    closed_at: datetime,
    status: str,
    total: Decimal,
) -> None:
    """Write every attempt to collect an invoice: tries that failed, and the one that worked."""
    failure = subscription.failures.get(issued_at, Failure())
    tries: list[tuple[datetime, bool, str]] = []
    if issued_at in subscription.failures:
        tries.append((issued_at, False, "schedule"))
        retries = (issued_at + DAY * days for days in RETRY_DAYS)
        if failure.decline_type == "soft":  # a hard decline is not tried again
            tries += [(at, False, "retry") for at in retries if at < min(closed_at, AS_OF)]
        if status == "paid":
            tries.append((closed_at, True, failure.by))
    elif status == "paid":
        trigger = "manual" if subscription.pays_by_transfer else "schedule"
        tries.append((closed_at, True, trigger))
    for number, (at, succeeded, trigger) in enumerate(tries, start=1):
        ledger.add(
            "payment_attempts",
            attempt_id=f"{invoice_id}.{number}",
            invoice_id=invoice_id,
            customer_id=subscription.customer_id,
            attempt_number=str(number),
            attempted_at=stamp(at),
            amount=money(total),
            currency=subscription.currency,
            succeeded="true" if succeeded else "false",
            failure_code="" if succeeded else failure.code,
            decline_type="" if succeeded else failure.decline_type,
            trigger=trigger,
            _loaded_at=next_load(at),
        )
