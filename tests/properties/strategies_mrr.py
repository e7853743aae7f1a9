"""Random small subscription businesses, with the edges on which MRR usually breaks.

1-5 customers with 1-4 items each: items that overlap, that follow each other at one instant (a
swap), that come back after a gap; changes minutes apart, on month ends, on the leap day, on the
nights when clocks change, in the seconds around as_of; trials, pauses, free and past due times in
any order; two currencies; every interval and every duration of a discount; metered items; merged
and test customers; late rows that replace earlier versions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import strategies as st

from tests.properties.oracle_calendar import moment, to_utc
from tests.properties.strategies import LOADED, Case, Rows, rarely

CUT_OFFS = (  # as_of, reporting time zone
    ("2024-03-01 00:00:00", "UTC"),  # a month ends here, with the leap day
    ("2024-05-15 00:00:00", "America/New_York"),  # inside a month
    ("2024-05-20 13:30:00", "Asia/Tehran"),  # inside a day
    ("2025-03-01 00:00:00", "America/New_York"),
)
EDGES = tuple(
    datetime.fromisoformat(at)
    for at in (
        "2023-12-31 23:59:59",
        "2024-01-01 00:00:00",
        "2024-01-31 12:00:00",
        "2024-02-29 00:00:00",
        "2024-02-29 23:59:59",
        "2024-03-01 00:00:00",
        "2024-03-01 05:00:00",  # midnight in New York
        "2024-03-10 07:00:00",  # New York's clocks go forward
        "2024-02-29 20:30:00",  # midnight in Tehran
        "2024-03-31 20:30:00",
        "2024-04-01 04:00:00",
        "2024-04-30 23:59:59",
        "2024-11-03 05:30:00",  # 01:30 in New York, and an hour later again
        "2024-11-03 06:30:00",
    )
)
PRICES = (  # unit_amount, quantity, interval_unit, interval_count
    *(((amount, "1", "month", 1)) for amount in ("20", "30", "50", "99.99")),
    ("5", "3", "month", 1),
    ("12", "1", "week", 1),
    ("40", "1", "week", 4),
    ("1", "2", "day", 1),
    ("300", "1", "month", 3),
    ("1200", "1", "year", 1),
    ("800", "1", "year", 1),
    ("0", "1", "month", 1),
    ("1234567.89", "1", "month", 1),  # more than a million: rials and yen
    ("98000000", "12", "year", 1),
)
DISCOUNTS = (  # discount_percent, discount_amount, discount_duration
    *((None, None, None),) * 5,
    ("10", None, None),
    ("50", None, "once"),
    ("25", "2.50", "repeating"),
    (None, "5", "forever"),
    ("100", None, "repeating"),
    (None, "500", "forever"),  # more than the price
)
STATUSES = (*("active",) * 6, "past_due", "past_due", "paused", "paused", "free", "trialing")
END_TYPES = ("voluntary", "voluntary", "involuntary", "swap", None)
RATES = (Decimal("1.10"), Decimal("1.08"), Decimal("1.07"), Decimal("1.125"))


def instants(as_of: datetime) -> st.SearchStrategy[datetime]:
    """UTC instants up to seventeen months before as_of and a little after it."""
    days = st.integers(-520, 20).map(lambda count: timedelta(days=count))
    recent = st.integers(-100 * 24 * 60, 0).map(lambda count: timedelta(minutes=count))
    near = st.sampled_from((-86_400, -1, 0, 1)).map(lambda count: timedelta(seconds=count))
    return st.one_of(
        days.map(lambda by: as_of + by),
        recent.map(lambda by: as_of + by),
        near.map(lambda by: as_of + by),
        st.sampled_from(EDGES),
    )


@st.composite
def pools(draw: st.DrawFn, at: st.SearchStrategy[datetime]) -> list[datetime]:
    """Instants that one customer's items share, some of them minutes after another."""
    found = set(draw(st.lists(at, min_size=4, max_size=8, unique=True)))
    for start in draw(st.lists(st.sampled_from(sorted(found)), max_size=3)):
        found.add(start + timedelta(minutes=draw(st.sampled_from((1, 30, 60, 61, 90)))))
    return sorted(found)


@st.composite
def items(
    draw: st.DrawFn, customer: str, item: str, pool: Sequence[datetime]
) -> list[dict[str, object]]:
    """One item: consecutive states, sometimes with a gap; the last may be open."""
    chosen = draw(
        st.lists(st.sampled_from(pool), min_size=2, max_size=min(5, len(pool)), unique=True)
    )
    bounds: list[datetime | None] = [*sorted(chosen)]
    if draw(st.booleans()):
        bounds.append(None)
    currency = draw(st.sampled_from(("USD", "USD", "USD", "EUR")))
    is_metered = draw(rarely(None, False))
    rows: list[dict[str, object]] = []
    price = draw(st.sampled_from(PRICES))
    for start, end in pairwise(bounds):
        if rows and draw(st.sampled_from((True, False, False))):
            continue  # a gap; at the end: the item ended before
        if draw(st.booleans()):
            price = draw(st.sampled_from(PRICES))
        percent, amount, duration = draw(st.sampled_from(DISCOUNTS))
        rows.append(
            {
                "subscription_id": item.split("-")[0],
                "subscription_item_id": item,
                "customer_id": customer,
                "plan_id": draw(st.sampled_from((None, "small", "large"))),
                "status": draw(st.sampled_from(STATUSES)),
                "currency": currency,
                "unit_amount": price[0],
                "quantity": price[1],
                "interval_unit": price[2],
                "interval_count": price[3],
                "discount_percent": percent,
                "discount_amount": amount,
                "discount_duration": duration,
                "is_metered": is_metered,
                "valid_from": start,
                "valid_to": end,
            }
        )
    end_item(draw, rows, pool)
    return rows


def end_item(draw: st.DrawFn, rows: list[dict[str, object]], pool: Sequence[datetime]) -> None:
    """The last state may know when the customer asked to leave, when it ended and why."""
    last = rows[-1]
    end = last["valid_to"]
    asked = [at for at in pool if at >= last["valid_from"] and (end is None or at <= end)]  # type: ignore[operator]
    last["cancel_requested_at"] = draw(st.sampled_from((None, *asked)))
    if end is not None:
        last["ended_at"] = end
        last["end_type"] = draw(st.sampled_from(END_TYPES))
        if draw(rarely(False, False)):
            rows.append(last | {"status": "ended", "valid_from": end, "valid_to": None})


@st.composite
def customers(draw: st.DrawFn, names: Sequence[str], cut: datetime) -> list[dict[str, object]]:
    """Records of some of the subscribers; one may be merged into another, few are tests."""
    rows: list[dict[str, object]] = [
        {
            "customer_id": name,
            "created_at": cut - timedelta(days=600 - place),
            "is_test": draw(rarely(None, False)),
            "is_internal": None,
        }
        for place, name in enumerate(names)
        if draw(st.booleans())
    ]
    for place, row in enumerate(rows):
        later = [other["customer_id"] for other in rows[place + 1 :]]
        is_merged = draw(rarely(False))
        if later and is_merged:
            row["merged_into_customer_id"] = draw(st.sampled_from(later))
    return rows


@st.composite
def billing(
    draw: st.DrawFn, intervals: Sequence[Mapping[str, object]], cut: datetime
) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Invoices of some intervals, and refunds of them: in part, more than whole, too late."""
    invoices: list[dict[str, object]] = []
    returned: list[dict[str, object]] = []
    for number, row in enumerate(intervals):
        if not draw(st.booleans()):
            continue
        start = moment(row["valid_from"])
        assert start is not None
        days = draw(st.sampled_from((30, 31, 365)))
        invoices.append(
            {
                "invoice_id": f"i{number}",
                "customer_id": row["customer_id"],
                "subscription_id": row["subscription_id"],
                "issued_at": start,
                "period_start": start,
                "period_end": start + timedelta(days=days),
                "currency": row["currency"],
                "tax": draw(st.sampled_from((None, "20"))),
                "total": "100",
                "status": "paid",
            }
        )
        for place in range(draw(st.integers(1, 2))):
            after = draw(st.sampled_from((-1, 0, 1, 10, 29, 30, 40)))
            returned.append(
                {
                    "refund_id": f"r{number}-{place}",
                    "invoice_id": f"i{number}",
                    "refunded_at": start + timedelta(days=after),
                    "amount": draw(st.sampled_from(("20", "40", "50", "100", "150"))),
                }
            )
    return invoices, returned


@st.composite
def rates(draw: st.DrawFn, cut: datetime) -> list[dict[str, object]]:
    """A rate of the euro every fortnight from before the history on."""
    return [
        {
            "rate_date": (cut - timedelta(days=back)).date(),
            "from_currency": "EUR",
            "to_currency": "USD",
            "rate": draw(st.sampled_from(RATES)),
        }
        for back in range(14 * 45, -15, -14)
    ]


@st.composite
def businesses(draw: st.DrawFn, bundles: Sequence[Mapping[str, object]] = ({},)) -> Case:
    """A business, an as_of, a time zone, and one of the bundles of vars.

    Few bundles: every new set of vars compiles the project anew.
    """
    as_of, zone = draw(st.sampled_from(CUT_OFFS))
    local = moment(as_of)
    assert local is not None
    cut = to_utc(local, zone)
    names = [f"c{number}" for number in range(draw(st.integers(1, 5)))]
    intervals: list[dict[str, object]] = []
    for name in names:
        pool = draw(pools(instants(cut)))
        for number in range(draw(st.integers(1, 4))):
            # two items of one subscription, then two of another
            item = f"s{name}{number // 2}-{number}"
            intervals += draw(items(name, item, pool))
    older = [
        row | {"unit_amount": 777, "status": "active", "_loaded_at": LOADED[0]}
        for row in intervals
        if draw(rarely(False))
    ]
    rows: Rows = {
        "customers": draw(customers(names, cut)),
        "subscriptions": [row | {"_loaded_at": LOADED[1]} for row in intervals] + older,
        "fx_rates": draw(rates(cut)),
    }
    chosen = draw(st.sampled_from(bundles))
    if chosen.get("refund_affects_mrr"):
        rows["invoices"], rows["refunds"] = draw(billing(intervals, cut))
    fixed = {"as_of": as_of, "reporting_timezone": zone, "reporting_currency": "USD"}
    return Case(rows, {**fixed, "fx_max_gap_days": 15, **chosen})
