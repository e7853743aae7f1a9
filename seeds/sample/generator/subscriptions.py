"""Subscriptions as states that follow one another, and the rows of raw_subscriptions they make.

In: what was ordered, changed, paused, cancelled, and when.  Out: Club.subscriptions; write_club
turns them into rows, and billing.py into invoices.
States of an item are half-open, never overlap and never have length zero: what changes twice in
one moment is one state.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from generator.discounts import Discount, discount
from generator.ledger import Ledger, moment, money, next_load, stamp
from generator.plans import PLANS, Plan

BILLABLE = ("active", "past_due")


@dataclass(slots=True)
class State:
    """How an item was from valid_from until valid_to (None: to this day)."""

    valid_from: datetime
    status: str
    plan: Plan
    price: Decimal
    quantity: int
    discount: Discount | None
    valid_to: datetime | None = None

    @property
    def is_billable(self) -> bool:
        """Whether the item is on the bill that is made in this state."""
        return self.status in BILLABLE

    def holds_at(self, at: datetime) -> bool:
        """Whether the item was like this at this moment."""
        return self.valid_from <= at and (self.valid_to is None or at < self.valid_to)


@dataclass(slots=True)
class Item:
    """One line of a subscription: its states, oldest first, and how it ended."""

    item_id: str
    states: list[State]
    requested_at: datetime | None = None
    ended_at: datetime | None = None
    end_type: str = ""
    reason: str = ""

    def at(self, at: datetime) -> State | None:
        """Return the state at this moment, None before the start and after the end."""
        return next((state for state in self.states if state.holds_at(at)), None)

    def change(self, at: datetime, **values: object) -> None:
        """Close the open state and open the next one."""
        last = self.states[-1]
        changed = replace(last, **values)
        if changed == last:
            return
        if last.valid_from == at:
            self.states[-1] = changed
            return
        if not last.valid_from < at or last.valid_to:
            raise ValueError(f"{self.item_id}: no open state before {at}")
        last.valid_to = at
        self.states.append(replace(changed, valid_from=at))


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a bill was not paid at first, and what brought the money or ended the matter."""

    code: str = "insufficient_funds"
    by: str = "retry"  # retry, card_update, manual; void: the shop let it go

    @property
    def decline_type(self) -> str:
        """Hard declines never work on retry."""
        return "soft" if self.code in ("insufficient_funds", "issuer_unavailable") else "hard"


@dataclass(frozen=True, slots=True)
class Refund:
    """A part of the newest bill, given back."""

    at: datetime
    percent: int
    reason: str


@dataclass(slots=True)
class Subscription:
    """One contract of one customer; the first item sets the clock of its bills."""

    subscription_id: str
    customer_id: str
    currency: str
    items: list[Item] = field(default_factory=list)
    failures: dict[datetime, Failure] = field(default_factory=dict)
    refunds: list[Refund] = field(default_factory=list)
    pays_by_transfer: bool = False
    earlier_load: str = ""  # when the first state was loaded before, still open
    leaves_a_row: bool = False  # whether the end is a row with status ended, too

    def item(self, nth: int = 0) -> Item:
        """Return an item."""
        return self.items[nth]

    def change(self, at: str | datetime, plan: str = "", off: str | None = None, nth: int = 0,
               **values: object) -> None:  # fmt: skip
        """Change plan (and its price), discount, quantity, price or status from now on."""
        known: dict[str, object] = {}
        if plan:
            known |= {"plan": PLANS[plan], "price": PLANS[plan].price}
        if off is not None:
            known["discount"] = discount(off)
        self.item(nth).change(as_moment(at), **(known | values))

    def fail(self, at: str | datetime, until: str | datetime = "", code: str = "insufficient_funds",
             by: str = "retry") -> None:  # fmt: skip
        """The bill of this moment is not paid before `until`; without it, not yet."""
        self.failures[as_moment(at)] = Failure(code, by)
        self.change(at, status="past_due")
        if until:
            self.change(until, status="active")

    def pause(self, at: str | datetime, until: str | datetime = "") -> None:
        """Pause; without `until` to this day."""
        self.change(at, status="paused")
        if until:
            self.change(until, status="active")

    def give_back(self, at: str | datetime, percent: int, reason: str = "goodwill") -> None:
        """Give back a part of the newest bill."""
        self.refunds.append(Refund(as_moment(at), percent, reason))

    def request_end(self, at: str | datetime, reason: str = "", nth: int = 0) -> None:
        """The customer asks to end it; the club goes on until the paid time is over."""
        self.item(nth).requested_at = as_moment(at)
        self.item(nth).reason = reason

    def end(self, at: str | datetime, end_type: str = "voluntary", reason: str = "",
            asked: str | datetime = "", nth: int = 0) -> None:  # fmt: skip
        """End an item for good."""
        item, ended_at = self.item(nth), as_moment(at)
        if asked:
            item.requested_at = as_moment(asked)
        item.ended_at, item.end_type = ended_at, end_type
        item.reason = reason or item.reason
        item.states[-1].valid_to = ended_at

    def plan_end(self, at: str) -> None:
        """Say now when the state of the first item will be over; it is not over yet."""
        self.item().states[-1].valid_to = as_moment(at)

    def leave(self, at: str) -> None:
        """End it when the paid time is over, long after the story; asked for three days before."""
        self.end(at, reason="other", asked=as_moment(at) - timedelta(days=3))

    def add_item(self, at: str | datetime, plan: str, quantity: int = 1, off: str = "") -> None:
        """Put another item on the contract."""
        state = State(
            as_moment(at), "active", PLANS[plan], PLANS[plan].price, quantity, discount(off)
        )
        self.items.append(Item("", [state]))


def as_moment(at: str | datetime) -> datetime:
    """Return the moment; texts are 'YYYY-MM-DD HH:MM' in UTC."""
    return moment(at) if isinstance(at, str) else at


@dataclass(slots=True)
class Club:
    """All subscriptions, and the ledger that holds everything else."""

    ledger: Ledger
    countries: dict[str, str]
    subscriptions: list[Subscription] = field(default_factory=list)

    def subscribe(
        self,
        subscription_id: str,
        customer_id: str,
        at: str | datetime,
        plan: str,
        *,
        status: str = "",
        quantity: int = 1,
        off: str = "",
    ) -> Subscription:
        """Begin a subscription with one item."""
        chosen = PLANS[plan]
        status = status or ("free" if chosen.is_free else "active")
        start = as_moment(at)
        state = State(start, status, chosen, chosen.price, quantity, discount(off))
        found = Subscription(subscription_id, customer_id, chosen.currency, [Item("", [state])])
        self.subscriptions.append(found)
        return found

    def trial(self, subscription_id: str, customer_id: str, at: str, until: str, plan: str = "classic",
              off: str = "") -> Subscription:  # fmt: skip
        """Begin with a trial; without `until` it runs to this day, else it becomes paid then."""
        found = self.subscribe(subscription_id, customer_id, at, plan, status="trialing", off=off)
        if until:
            found.change(until, status="active")
        return found

    def session(
        self,
        subscription: Subscription,
        at: str | datetime,
        reason: str,
        outcome: str,
        offer: str = "none",
        minutes: int = 4,
        text: str = "",
    ) -> None:
        """Write a visit to the cancellation flow."""
        start = as_moment(at)
        done = start + timedelta(minutes=minutes)
        name = f"f{subscription.subscription_id[1:]}"
        nth = 1 + sum(x["session_id"].startswith(f"{name}-") for x in self.sessions)
        self.ledger.add(
            "cancel_flow_sessions",
            session_id=f"{name}-{nth}",
            subscription_id=subscription.subscription_id,
            customer_id=subscription.customer_id,
            started_at=stamp(start),
            reason_code=reason,
            reason_text=text,
            offer_type=offer,
            outcome=outcome,
            completed_at="" if outcome == "abandoned" else stamp(done),
            _loaded_at=next_load(done),
        )

    @property
    def sessions(self) -> list[dict[str, str]]:
        """Visits to the cancellation flow so far."""
        return self.ledger.tables["cancel_flow_sessions"]

    def card(self, customer_id: str, expires: str, at: str | datetime, *, is_default: bool = True,
             last4: str = "4242") -> None:  # fmt: skip
        """Write a card; `expires` is 'YYYY-MM'. Earlier cards stop being the default."""
        cards = self.ledger.tables["payment_methods"]
        earlier = [row for row in cards if row["customer_id"] == customer_id]
        if is_default:
            for row in earlier:
                row["is_default"] = "false"
                row["_loaded_at"] = next_load(as_moment(at))
        self.ledger.add(
            "payment_methods",
            payment_method_id=f"m{customer_id[1:]}-{len(earlier) + 1}",
            customer_id=customer_id,
            exp_year=expires[:4],
            exp_month=str(int(expires[5:])),
            is_default="true" if is_default else "false",
            last4=last4,
            _loaded_at=next_load(as_moment(at)),
        )


def write_states(ledger: Ledger, subscription: Subscription) -> None:
    """Write the rows of raw_subscriptions; items have ids of their own where there are several."""
    several = len(subscription.items) > 1
    for nth, item in enumerate(subscription.items, start=1):
        item.item_id = subscription.subscription_id + (f"-{nth}" if several else "")
        for state in item.states:
            write_state(ledger, subscription, item, state)
    rows = ledger.tables["subscriptions"]
    if subscription.earlier_load:
        unknown = ("valid_to", "cancel_requested_at", "ended_at", "end_type", "cancel_reason")
        earlier = dict.fromkeys(unknown, "") | {"_loaded_at": subscription.earlier_load}
        rows.append(rows[-1] | earlier)
    if subscription.leaves_a_row:
        ended = {"status": "ended", "valid_from": rows[-1]["ended_at"], "valid_to": ""}
        rows.append(rows[-1] | ended)


def write_state(ledger: Ledger, subscription: Subscription, item: Item, state: State) -> None:
    """Write one row; the last one says how the item ended."""
    off = state.discount
    is_open = state is item.states[-1] and item.ended_at is None  # though its end may be planned
    known_at = state.valid_from if is_open or state.valid_to is None else state.valid_to
    end = {}
    if state is item.states[-1]:
        end = {
            "cancel_requested_at": stamp(item.requested_at) if item.requested_at else "",
            "ended_at": stamp(item.ended_at) if item.ended_at else "",
            "end_type": item.end_type,
            "cancel_reason": item.reason,
        }
        known_at = max(known_at, item.requested_at or known_at)
    ledger.add(
        "subscriptions",
        subscription_id=subscription.subscription_id,
        subscription_item_id=item.item_id,
        customer_id=subscription.customer_id,
        plan_id=state.plan.plan_id,
        status=state.status,
        currency=subscription.currency,
        unit_amount=money(state.price),
        quantity=str(state.quantity),
        interval_unit=state.plan.interval_unit,
        interval_count=str(state.plan.interval_count),
        discount_percent=f"{off.percent}" if off and off.percent else "",
        discount_amount=money(off.amount) if off and off.amount else "",
        discount_duration=off.duration if off else "",
        is_metered="true" if state.plan.is_metered else "",
        valid_from=stamp(state.valid_from),
        valid_to=stamp(state.valid_to) if state.valid_to else "",
        _loaded_at=next_load(known_at),
        **end,
    )


def write_events(ledger: Ledger, subscription: Subscription) -> None:
    """Write the same history as events: what the rows of raw_subscription_events fold to."""
    for item in subscription.items:
        before: State | None = None
        number = 0
        for state in item.states:
            number += 1
            values = event_values(state, before) | {"event_type": event_type(state, before)}
            write_event(ledger, subscription, item, number, state.valid_from, values)
            before = state
        if item.ended_at:
            values = {
                "event_type": "end", "end_type": item.end_type, "cancel_reason": item.reason
            }  # fmt: skip
            write_event(ledger, subscription, item, number + 1, item.ended_at, values)


def write_event(ledger: Ledger, subscription: Subscription, item: Item, number: int, at: datetime,
                values: dict[str, str]) -> None:  # fmt: skip
    """Write one event of an item."""
    ledger.add(
        "subscription_events",
        event_id=f"e{item.item_id[1:]}.{number}",
        subscription_id=subscription.subscription_id,
        subscription_item_id=item.item_id,
        customer_id=subscription.customer_id,
        occurred_at=stamp(at),
        _loaded_at=next_load(at),
        **values,
    )


def event_type(state: State, before: State | None) -> str:
    """Return what happened when the state before became this one."""
    old = before.status if before else ""
    if old in ("", "trialing") and state.status == "active":
        return "start"
    if old == state.status:
        return "change"
    entered = {"trialing": "trial_start", "paused": "pause", "past_due": "past_due"}
    left = {"paused": "resume", "past_due": "recover"}
    return entered.get(state.status) or left[old]


def event_values(state: State, before: State | None) -> dict[str, str]:
    """Return the columns that the event changes."""
    now, old = event_columns(state), event_columns(before) if before else {}
    changed = {name: text for name, text in now.items() if text != old.get(name, "")}
    return {name: text or "0" for name, text in changed.items()}  # '' to '0': taken away


def event_columns(state: State) -> dict[str, str]:
    """Return what an event can change, as text."""
    off = state.discount
    return {
        "plan_id": state.plan.plan_id,
        "currency": state.plan.currency,
        "unit_amount": money(state.price),
        "quantity": str(state.quantity),
        "interval_unit": state.plan.interval_unit,
        "interval_count": str(state.plan.interval_count),
        "discount_percent": f"{off.percent}" if off and off.percent else "",
        "discount_amount": money(off.amount) if off and off.amount else "",
        **({"discount_duration": off.duration} if off else {}),
    }
