"""Trials, pauses, cards about to expire and visits to the cancellation flow, one by one.

Slow and plain, from the specification, over the spans of oracle_mrr_spans under default policies.
A trial or pause is a time of one subscription without a gap, all its items together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from tests.properties.oracle_calendar import midnight, moment, next_period
from tests.properties.oracle_customers import Row, flag, resolve, text
from tests.properties.oracle_mrr import Book
from tests.properties.oracle_mrr_spans import Rows, Span, instant, number
from tests.properties.oracle_orders import barred_customers

DAYS_90 = timedelta(days=90)


def by_subscription(book: Book) -> dict[str, list[Span]]:
    found: dict[str, list[Span]] = {}
    for spans in book.spans.values():
        for span in spans:
            found.setdefault(str(span.row["subscription_id"]), []).append(span)
    return found


def worth_before(spans: Sequence[Span], at: datetime) -> Fraction:
    """MRR at the last moment before the instant."""
    return sum((span.mrr for span in spans if span.holds_before(at)), Fraction(0))


@dataclass(frozen=True)
class Phase:
    """One unbroken time of a subscription in a status; end None = still so."""

    subscription: str
    number: int
    start: datetime
    end: datetime | None
    spans: tuple[Span, ...]
    next_start: datetime | None = None


def phases(book: Book, status: str) -> list[Phase]:
    """Times that touch or overlap are one."""
    found = []
    for subscription, spans in by_subscription(book).items():
        groups: list[list[Span]] = []
        for span in sorted((s for s in spans if s.status == status), key=lambda s: s.start):
            ends = [other.end for other in groups[-1]] if groups else []
            if groups and (None in ends or span.start <= max(end for end in ends if end)):
                groups[-1].append(span)
            else:
                groups.append([span])
        for place, group in enumerate(groups):
            ends = [span.end for span in group]
            found.append(
                Phase(
                    subscription,
                    place + 1,
                    group[0].start,
                    None if None in ends else max(end for end in ends if end),
                    tuple(group),
                    groups[place + 1][0].start if place + 1 < len(groups) else None,
                )
            )
    return found


def trials(book: Book) -> dict[tuple[object, ...], dict[str, object]]:
    """Converted = an item of the subscription begins to be active and worth something."""
    of = by_subscription(book)
    found: dict[tuple[object, ...], dict[str, object]] = {}
    for trial in phases(book, "trialing"):
        paid = [
            span
            for span in of[trial.subscription]
            if span.status == "active"
            and span.mrr > 0
            and span.start >= trial.start
            and (trial.next_start is None or span.start < trial.next_start)
        ]
        converted = min((span.start for span in paid), default=None)
        if converted is not None:
            outcome = "converted"
        elif trial.end is None:
            outcome = "open"
        else:
            by_choice = any(span.end_type == "voluntary" for span in trial.spans)
            outcome = "cancelled" if by_choice else "expired"
        found[trial.subscription, trial.number] = {
            "started_at": trial.start,
            "ends_at": trial.end,
            "converted_at": converted,
            "outcome": outcome,
            "converted_mrr": sum((s.mrr for s in paid if s.start == converted), Fraction(0))
            if paid
            else None,
        }
    return found


def pauses(book: Book) -> dict[tuple[object, ...], dict[str, object]]:
    """Resumed = an item of the subscription goes on in the moment the pause ends."""
    of = by_subscription(book)
    found: dict[tuple[object, ...], dict[str, object]] = {}
    for pause in phases(book, "paused"):
        spans = of[pause.subscription]
        goes_on = any(
            span.start == pause.end and span.status not in ("paused", "ended") for span in spans
        )
        after = None if pause.end is None else pause.end + DAYS_90
        is_seen = after is not None and after <= book.cut
        found[pause.subscription, pause.number] = {
            "started_at": pause.start,
            "ended_at": pause.end,
            "outcome": "open" if pause.end is None else "resumed" if goes_on else "cancelled",
            "mrr_before": worth_before(spans, pause.start),
            "mrr_90d_after": worth_before(spans, after) if after and is_seen else None,
        }
    return found


def cards(rows: Rows, book: Book, horizon: int) -> dict[tuple[object, ...], dict[str, object]]:
    """Default cards that are dead at the next charge, within the horizon."""
    as_of = book.policies.as_of
    canonical = resolve(rows, as_of, book.policies.reporting_timezone)
    found: dict[tuple[object, ...], dict[str, object]] = {}
    for card in rows.get("payment_methods", ()):
        dead = dead_from(card)
        is_spare = card.get("is_default") is not None and not flag(card["is_default"])
        if is_spare or dead is None:
            continue
        owner = canonical.get(str(card["customer_id"]), str(card["customer_id"]))
        for (customer, currency), spans in book.spans.items():
            if customer != owner or dead > as_of.date() + timedelta(days=horizon):
                continue
            of_card = {str(s.row["subscription_id"]) for s in spans if s.mrr > 0 and s.end is None}
            risky = {
                name
                for name in of_card
                if (charge := next_charge(rows, book, name)) is None or midnight(dead) <= charge
            }
            live = [s for s in spans if s.end is None and str(s.row["subscription_id"]) in risky]
            if risky:
                found[card["payment_method_id"], currency] = {
                    "customer_id": customer,
                    "expires_date": dead,
                    "is_expired": dead <= as_of.date(),
                    "subscriptions": len(risky),
                    "mrr_at_risk": sum((s.mrr for s in live), Fraction(0)),
                }
    return found


def dead_from(card: Row) -> date | None:
    """The first day after the month on the card."""
    year, month = card.get("exp_year"), int(str(card.get("exp_month") or 0))
    if year is None or not 1 <= month <= 12:
        return None
    return next_period("month", date(int(str(year)), month, 1))


def next_charge(rows: Rows, book: Book, subscription: str) -> datetime | None:
    """The end of the last billed period, unless it is over."""
    ends = [
        book.local(end)
        for invoice in rows.get("invoices", ())
        if invoice.get("subscription_id") == subscription
        and invoice["status"] != "void"
        and instant(invoice["issued_at"]) < book.cut
        and (end := moment(invoice.get("period_end"))) is not None
    ]
    last = max(ends, default=None)
    return last if last is not None and last >= book.policies.as_of else None


def sessions(rows: Rows, book: Book) -> dict[tuple[object, ...], dict[str, object]]:
    """Saved lasts when the customer subscribes 90 days on, to the same or to a newer subscription."""
    canonical = resolve(rows, book.policies.as_of, book.policies.reporting_timezone)
    barred = barred_customers(rows, canonical)
    of = by_subscription(book)
    begins = {name: min(span.start for span in spans) for name, spans in of.items()}
    found: dict[tuple[object, ...], dict[str, object]] = {}
    for row in rows.get("cancel_flow_sessions", ()):
        started, completed = instant(row["started_at"]), moment(row.get("completed_at"))
        customer = canonical.get(str(row["customer_id"]), str(row["customer_id"]))
        if started >= book.cut or customer in barred:
            continue
        is_over = completed is None or completed < book.cut
        outcome = text(row["outcome"]) if is_over else "open"
        subscription = str(row["subscription_id"])
        stake = worth_before(of.get(subscription, ()), started)
        later = (completed or started) + DAYS_90
        candidates = [
            span
            for (who, _), spans in book.spans.items()
            if who == customer
            for span in spans
            if span.row["subscription_id"] == subscription
            or begins[str(span.row["subscription_id"])] >= started
        ]
        live = [span for span in candidates if span.holds_before(later)]
        kept = sum((span.mrr for span in live), Fraction(0))
        is_mature = later <= book.cut
        is_saved = outcome == "saved"
        found[(row["session_id"],)] = {
            "outcome": outcome,
            "mrr_at_start": stake,
            "mrr_saved": stake if is_saved else Fraction(0),
            "is_mature_90d": is_mature,
            "is_durably_saved_90d": (is_saved and any(span.is_subscribed for span in live))
            if is_mature
            else None,
            "mrr_90d_after": kept if is_mature else None,
            "durable_mrr_saved_90d": (min(stake, kept) if is_saved else number(0))
            if is_mature
            else None,
        }
    return found
