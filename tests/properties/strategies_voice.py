"""Random surveys, tickets and campaigns of a few customers, at the seconds around as_of too."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st

from tests.properties.oracle_calendar import moment, to_utc
from tests.properties.strategies import CUT_OFFS, Case, Record, instants, rarely

SCORES = ("11", "-1", "7.5", None, "0", "1", "3", "5", "6", "7", "8", "9", "10", "9", "10")
KNOWN = tuple(f"c{number}" for number in range(8))
EVERYBODY = (*KNOWN, "nobody")  # whom only surveys, tickets and campaigns know
CAMPAIGNS = (
    ("k0", "email", "promotion", "0.5"),
    ("k1", "sms", "winback", "0.1"),
    ("k2", "mail", "surprise", None),
    ("k3", None, None, None),  # in no campaigns table
)


def shop(draw: st.DrawFn, cut: datetime) -> dict[str, list[Record]]:
    """Eight customers, of whom c7 may be c0 and c6 may be staff, and up to 25 orders."""
    customers: list[Record] = [
        {"customer_id": name, "created_at": "2020-01-01 00:00:00"} for name in KNOWN
    ]
    if draw(st.booleans()):
        customers[7]["merged_into_customer_id"] = "c0"
    customers[6]["is_internal"] = draw(rarely(False))
    orders: list[Record] = [
        {
            "order_id": f"o{number:02d}",
            "customer_id": draw(st.sampled_from(KNOWN)),
            "ordered_at": draw(instants(cut)),
            "status": "paid",
            "currency": "EUR",
            "subtotal_amount": draw(st.sampled_from((Decimal(10), Decimal("25.50"), Decimal(99)))),
        }
        for number in range(draw(st.integers(0, 25)))
    ]
    return {"customers": customers, "orders": orders}


def cut_off(draw: st.DrawFn) -> tuple[str, str, datetime]:
    """as_of, the reporting time zone, and as_of in UTC."""
    few = settings.default is not None and settings.default.max_examples < 10
    as_of, zone = draw(st.sampled_from(CUT_OFFS[1:2] if few else CUT_OFFS))  # each is a compile
    local = moment(as_of)
    assert local is not None
    return as_of, zone, to_utc(local, zone)


@st.composite
def voices(draw: st.DrawFn) -> Case:
    """Up to 12 surveys and 8 tickets."""
    as_of, zone, cut = cut_off(draw)
    rows = shop(draw, cut)
    surveys: list[Record] = []
    for number in range(draw(st.integers(0, 12))):
        sent_at = draw(st.one_of(st.none(), instants(cut)))
        answered_at = draw(st.one_of(instants(cut), st.none() if sent_at else instants(cut)))
        surveys.append(
            {
                "response_id": f"v{number:02d}",
                "customer_id": draw(st.sampled_from(EVERYBODY)),
                "survey_type": draw(st.sampled_from(("nps", "nps", "nps", "csat", "ces"))),
                "score": draw(st.sampled_from(SCORES)) if answered_at else None,
                "sent_at": sent_at,
                "responded_at": answered_at,
            }
        )
    tickets: list[Record] = [
        {
            "ticket_id": f"t{number}",
            "customer_id": draw(st.sampled_from(EVERYBODY[:3])),
            "created_at": draw(instants(cut)),
            "is_complaint": draw(st.sampled_from((True, True, False, None))),
        }
        for number in range(draw(st.integers(0, 8)))
    ]
    rows |= {"survey_responses": surveys, "tickets": tickets}
    return Case(rows, {"as_of": as_of, "reporting_timezone": zone, "min_cell_size": 2})


@st.composite
def campaigns(draw: st.DrawFn) -> Case:
    """Four campaigns, some customers in each; messages may bounce and be read after as_of."""
    as_of, zone, cut = cut_off(draw)
    rows = shop(draw, cut)
    members: list[Record] = []
    for campaign, *_ in CAMPAIGNS:
        for name in draw(st.lists(st.sampled_from(EVERYBODY), unique=True)):
            at = draw(instants(cut)) - timedelta(days=draw(st.sampled_from((0, 30, 60))))
            held = draw(st.sampled_from((True, False, False)))
            row: Record = {
                "campaign_id": campaign,
                "customer_id": name,
                "assigned_at": at,
                "is_holdout": held,
                "variant": None if held else draw(st.sampled_from((None, "A", "B"))),
            }
            if draw(rarely(False)) if held else draw(st.sampled_from((True, True, False))):
                row |= message(draw, at)
            members.append(row)
    known: list[Record] = [
        {
            "campaign_id": campaign,
            "channel": channel,
            "campaign_type": kind,
            "holdout_share": share,
            "cost": Decimal(60),
        }
        for campaign, channel, kind, share in CAMPAIGNS
        if channel
    ]
    rows |= {"campaigns": known, "campaign_members": members}
    return Case(rows, {"as_of": as_of, "reporting_timezone": zone, "min_cell_size": 2})


def message(draw: st.DrawFn, at: datetime) -> Record:
    """When it was sent, and how far it went."""
    hours = st.sampled_from((0, 1, 23, 24, 72, 120, 500))
    sent_at = at + timedelta(hours=draw(hours))
    row: Record = {"sent_at": sent_at}
    way = draw(st.sampled_from(("sent", "bounced", "delivered", "opened", "clicked", "clicked")))
    if way == "bounced":
        row["bounced_at"] = sent_at
    for place, step in enumerate(("delivered", "opened", "clicked")):
        if place <= ("delivered", "opened", "clicked", way).index(way) and way not in (
            "sent",
            "bounced",
        ):
            row[f"{step}_at"] = sent_at + timedelta(hours=place * draw(hours))
    if way == "clicked" and draw(rarely(False)):
        row["unsubscribed_at"] = row["clicked_at"]
    return row
