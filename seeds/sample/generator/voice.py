"""What customers say: surveys after orders, tickets after some of them.

What is built in (README.md tells it to readers): who orders again within 90 days scores higher;
half of the surveys stay without an answer; a complaint that is resolved goes with coming back, one
that is not or is opened again goes with leaving. No order is changed: the answers follow the
orders, not the other way round.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from generator.catalogue import AS_OF, HOURS, OPENING_HOURS
from generator.ledger import Ledger, Row, moment, next_load, stamp
from generator.streams import Stream

DAY = timedelta(days=1)
PAID = ("paid", "fulfilled", "partially_refunded")
ASKED_SINCE = moment("2025-01-01 00:00")  # the shop has asked since then
SCORES_OF_RETURNING = ((10, 26), (9, 25), (8, 18), (7, 13), (6, 6), (5, 4), (3, 4), (0, 2))
SCORES_OF_LEAVING = ((10, 12), (9, 14), (8, 15), (7, 15), (6, 13), (5, 11), (3, 10), (0, 6))
CATEGORIES = (("delivery", 9), ("quality", 5), ("billing", 4), ("product_advice", 5), ("other", 2))

Orders = Mapping[str, Sequence[datetime]]


def paid_orders(ledger: Ledger) -> dict[str, list[datetime]]:
    """Return when each customer drawn by chance placed orders that count; stories are left out."""
    found = defaultdict(list)
    for row in ledger.tables["orders"]:
        customer_id = row["customer_id"]
        if row["status"] in PAID and "c0080" < customer_id < "c9000" and len(customer_id) == 5:
            found[customer_id].append(moment(row["ordered_at"]))
    return {customer_id: sorted(moments) for customer_id, moments in sorted(found.items())}


def orders_between(moments: Sequence[datetime], start: datetime, days: int) -> int:
    """Return how many of the orders lie after a moment, so many days at most."""
    return sum(start < at < start + DAY * days for at in moments)


def write_voice(ledger: Ledger) -> None:
    """Write the surveys and tickets of everybody drawn by chance."""
    for customer_id, moments in paid_orders(ledger).items():
        for number, at in enumerate(moments, start=1):
            returns = orders_between(moments, at + 10 * DAY, 90) > 0
            write_surveys(ledger, customer_id, number, at, returns)
            write_ticket(ledger, customer_id, number, at, returns)


def write_surveys(
    ledger: Ledger, customer_id: str, number: int, at: datetime, returns: bool
) -> None:
    """Ask after the fourth part of the orders whether the customer would recommend the shop."""
    stream = Stream("survey", f"{customer_id}:{number}")
    sent_at = stream.moment(at + 9 * DAY, OPENING_HOURS)
    draw = stream.between(0, 99)
    if at < ASKED_SINCE or sent_at >= AS_OF or draw >= 22:
        return
    kind = "nps" if draw < 15 else "csat" if draw < 19 else "ces"
    answers = stream.chance(0.52 if returns else 0.44)
    answered_at = stream.moment(sent_at + DAY * stream.between(0, 6), HOURS)
    score = stream.weighted(SCORES_OF_RETURNING if returns else SCORES_OF_LEAVING)
    if kind == "csat":
        score = 1 + score * 4 // 10
    elif kind == "ces":
        score = 1 + score * 6 // 10
    known = answers and sent_at < answered_at < AS_OF
    ask(ledger, f"v{customer_id[1:]}-{number}", customer_id, kind, sent_at,
        answered_at if known else None, str(score))  # fmt: skip


def ask(
    ledger: Ledger,
    response_id: str,
    customer_id: str,
    kind: str,
    sent_at: datetime | None,
    answered_at: datetime | None,
    score: str = "",
    **values: str,
) -> Row:
    """Write one survey, answered or not."""
    last = answered_at or sent_at
    return ledger.add(
        "survey_responses",
        response_id=response_id,
        customer_id=customer_id,
        survey_type=kind,
        score=score if answered_at else "",
        sent_at=stamp(sent_at) if sent_at else "",
        responded_at=stamp(answered_at) if answered_at else "",
        _loaded_at=next_load(last) if last else "",
        **values,
    )


def write_ticket(
    ledger: Ledger, customer_id: str, number: int, at: datetime, returns: bool
) -> None:
    """Write the ticket about one order in twenty-five; most are complaints."""
    stream = Stream("ticket", f"{customer_id}:{number}")
    if not stream.chance(0.045):
        return
    created_at = stream.moment(at + DAY * stream.between(1, 8), HOURS)
    category = stream.weighted(CATEGORIES)
    complains = category != "product_advice" and stream.chance(0.8)
    ways = (("resolved", 72), ("reopened", 12), ("open", 16))
    if not returns:
        ways = (("resolved", 45), ("reopened", 22), ("open", 33))
    way = stream.weighted(ways)
    answered_at = created_at + timedelta(minutes=stream.quantile((20, 90, 300, 900, 1500, 4300)))
    solved_at = answered_at + timedelta(hours=stream.quantile((0, 3, 14, 30, 70, 160)), minutes=7)
    if way == "reopened":
        solved_at += 6 * DAY
    if created_at >= AS_OF:
        return
    is_ignored = way == "open" and stream.chance(0.5)
    is_solved = way == "resolved" or (way == "reopened" and stream.chance(0.6))
    score = ""
    if is_solved and stream.chance(0.35):
        score = str(stream.between(3, 5) if way == "resolved" else stream.between(1, 3))
    open_ticket(
        ledger, f"t{customer_id[1:]}-{number}", customer_id, created_at,
        answered_at=None if is_ignored or answered_at >= AS_OF else answered_at,
        solved_at=solved_at if is_solved and solved_at < AS_OF else None,
        reopened=stream.between(1, 2) if way == "reopened" and solved_at < AS_OF else 0,
        category=category, is_complaint="true" if complains else "", csat_score=score,
        priority=stream.pick(("high", "normal", "normal", "normal")) if complains else "low",
    )  # fmt: skip


def open_ticket(
    ledger: Ledger,
    ticket_id: str,
    customer_id: str,
    created_at: datetime,
    answered_at: datetime | None = None,
    solved_at: datetime | None = None,
    reopened: int = 0,
    **values: str,
) -> Row:
    """Write one ticket as the desk sees it now."""
    return ledger.add(
        "tickets",
        ticket_id=ticket_id,
        customer_id=customer_id,
        created_at=stamp(created_at),
        first_response_at=stamp(answered_at) if answered_at else "",
        resolved_at=stamp(solved_at) if solved_at else "",
        reopened_count=str(reopened) if reopened else "",
        _loaded_at=next_load(max(x for x in (created_at, answered_at, solved_at) if x)),
        **({"priority": "normal"} | values),
    )
