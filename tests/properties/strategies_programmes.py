"""Random small shops with a loyalty programme, marketing spend, subscriptions and unpaid invoices.

1-6 customers of three channels (one of them without a name), all known from the start and nobody
twice; up to 14 orders of one line whose cost may be unknown; ledger entries with any sign that their
kind allows; tiers that begin and end anywhere; subscriptions that run, ended, or will end; trials.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from tests.properties.oracle_calendar import moment, to_utc
from tests.properties.strategies import CUT_OFFS, Case, Record, Rows, instants

KNOWN_SINCE = "2023-06-01 12:00:00"
CHANNELS = ("search", "social", None)
POINTS = {
    "enrol": (0, 5),
    "earn": (0, 10, 25),
    "redeem": (0, -10),
    "expire": (-5,),
    "adjust": (-1, 7),
}
TIERS = ("silver", "gold", "house tier")


@st.composite
def subscriptions(
    draw: st.DrawFn, at: st.SearchStrategy[datetime], names: list[str]
) -> list[Record]:
    """Items of one state each, paid or on trial."""
    rows: list[Record] = []
    for number in range(draw(st.integers(0, 5))):
        start = draw(at)
        days = draw(st.sampled_from((None, None, 1, 8, 40, 200)))
        asked = draw(st.sampled_from((None, None, 0, 3)))
        rows.append(
            {
                "subscription_id": f"s{number}",
                "subscription_item_id": f"s{number}",
                "customer_id": draw(st.sampled_from(names)),
                "status": draw(st.sampled_from(("active", "active", "trialing"))),
                "currency": "USD",
                "unit_amount": 10,
                "quantity": 1,
                "interval_unit": "month",
                "interval_count": 1,
                "valid_from": start,
                "valid_to": None if days is None else start + timedelta(days=days),
                "cancel_requested_at": None if asked is None else start + timedelta(days=asked),
            }
        )
    return rows


@st.composite
def programmes(draw: st.DrawFn) -> Case:
    """A shop with everything that this half of the marts reads."""
    as_of, zone = draw(st.sampled_from(CUT_OFFS))
    cut = moment(as_of)
    assert cut is not None
    at = instants(to_utc(cut, zone))
    names = [f"c{place}" for place in range(draw(st.integers(1, 6)))]
    name = st.sampled_from(names)
    people: list[Record] = [
        {
            "customer_id": one,
            "created_at": KNOWN_SINCE,
            "acquisition_channel": draw(st.sampled_from(CHANNELS)),
        }
        for one in names
    ]
    rows: Rows = {"customers": people, "orders": [], "order_lines": [], "products": []}
    for number in range(draw(st.integers(0, 14))):
        price = draw(st.sampled_from((Decimal(10), Decimal("25.50"), Decimal(0))))
        order_id = f"o{number:02d}"
        rows["orders"].append(
            {
                "order_id": order_id,
                "customer_id": draw(name),
                "ordered_at": draw(at),
                "status": "paid",
                "currency": "USD",
                "subtotal_amount": price,
            }
        )
        rows["order_lines"].append(
            {
                "order_line_id": f"{order_id}-1",
                "order_id": order_id,
                "product_id": "p",
                "quantity": 1,
                "unit_price": price,
                "unit_cost": draw(st.sampled_from((None, Decimal(4), Decimal(0)))),
            }
        )
    kinds = st.sampled_from(("enrol", "earn", "earn", "redeem", "expire", "adjust", "badge"))
    rows["loyalty_ledger"] = []
    for number in range(draw(st.integers(0, 14))):
        kind = draw(kinds)
        rows["loyalty_ledger"].append(
            {
                "ledger_id": f"l{number}",
                "customer_id": draw(name),
                "occurred_at": draw(at),
                "entry_type": kind,
                "points": draw(st.sampled_from((None, *POINTS.get(kind, ())))),
            }
        )
    tiers: dict[tuple[str, datetime], Record] = {}
    for _ in range(draw(st.integers(0, 5))):
        member, start = draw(name), draw(at)
        days = draw(st.sampled_from((None, 0, 10, 45)))
        tiers[member, start] = {
            "customer_id": member,
            "tier": draw(st.sampled_from(TIERS)),
            "valid_from": start,
            "valid_to": None if days is None else start + timedelta(days=days),
        }
    rows["loyalty_tiers"] = list(tiers.values())
    spend: dict[tuple[str, str], Record] = {}
    for _ in range(draw(st.integers(0, 6))):
        channel = draw(st.sampled_from(("search", "social", "podcast")))
        day = f"{draw(at):%Y-%m-%d}"
        spend[day, channel] = {
            "spend_date": day,
            "channel": channel,
            "campaign": "x",
            "amount": draw(st.sampled_from((Decimal(0), Decimal(6), Decimal(30)))),
            "currency": "USD",
            "is_retention_spend": draw(st.sampled_from((None, False, True))),
        }
    rows["marketing_spend"] = list(spend.values())
    rows["subscriptions"] = draw(subscriptions(at, names))
    rows["invoices"], rows["payment_attempts"] = [], []
    for number in range(draw(st.integers(0, 2))):
        issued, customer_id = draw(at), draw(name)
        rows["invoices"].append(
            {
                "invoice_id": f"i{number}",
                "customer_id": customer_id,
                "issued_at": issued,
                "currency": "USD",
                "total": 10,
                "status": "open",
            }
        )
        rows["payment_attempts"].append(
            {
                "attempt_id": f"a{number}",
                "invoice_id": f"i{number}",
                "customer_id": customer_id,
                "attempted_at": issued,
                "succeeded": False,
            }
        )
    return Case(rows, {"as_of": as_of, "reporting_timezone": zone})
