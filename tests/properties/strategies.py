"""Random small shops, with the edges on which retention numbers usually break.

2-12 customers and 0-30 orders: same instants, month ends, the leap day, clock changes, the
seconds around as_of; guests with and without e-mail; duplicates by e-mail, by phone, by identity
rows and by merges that chain; refunds before and after as_of; cancelled and test orders, orders of
nothing, gift cards and postage; late rows that replace earlier versions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal

from hypothesis import strategies as st

from tests.properties.oracle_calendar import moment, to_utc
from tests.properties.oracle_customers import hashed

Record = dict[str, object]
Rows = dict[str, list[Record]]

CUT_OFFS = (  # as_of, reporting time zone
    ("2024-06-01 00:00:00", "UTC"),  # a month ends here
    ("2024-05-15 00:00:00", "America/New_York"),  # inside a month and a week
    ("2024-06-03 00:00:00", "Asia/Tehran"),  # a Monday
    ("2024-03-01 00:00:00", "UTC"),  # the day after the leap day
    ("2024-05-20 13:30:00", "America/New_York"),  # inside a day
    ("2024-06-01 00:00:00", "Asia/Tehran"),
)
EDGES = tuple(
    datetime.fromisoformat(at)
    for at in (
        "2023-12-31 23:59:59",
        "2024-01-01 00:00:00",
        "2024-01-31 12:00:00",
        "2024-02-29 00:00:00",
        "2024-02-29 23:59:59",
        "2024-03-01 04:30:00",
        "2024-03-10 07:00:00",  # New York's clocks go forward
        "2024-03-31 20:45:00",
        "2024-04-30 03:59:59",
        "2024-05-31 20:30:00",
    )
)
EMAILS = ("ann@shop.example", " Ann@Shop.example ", "bob@shop.example", "cy@shop.example")
PHONES = ("+4912345", "+4967890")
LINES = {
    "none": (),
    "shirts": ("shirt",),
    "with postage": ("shirt", "postage"),
    "postage": ("postage",),
    "card": ("card",),
}
STATUSES = (*("paid",) * 7, "fulfilled", "cancelled", "pending", "failed")
LONGEST_CHAIN = 8  # merges in a row; a guest's e-mail may add one link at each end
AMOUNTS = tuple(Decimal(text) for text in ("0", "10", "10", "25.50", "99.99", "0.01", "1250"))
SIZES = {"customers": (2, 12), "orders": (0, 30)}


@dataclass(frozen=True)
class Case:
    """Raw rows and the vars they are to be built with."""

    rows: Rows
    variables: dict[str, object]


def instants(as_of: datetime) -> st.SearchStrategy[datetime]:
    """UTC instants up to ten months before as_of and one after it, often on an edge."""
    to_the_second = st.integers(-300 * 86_400, 15 * 86_400).map(lambda s: timedelta(seconds=s))
    whole_days = st.integers(-300, 15).map(lambda days: timedelta(days=days))
    near = st.sampled_from((-86_400, -1, 0, 1)).map(lambda s: timedelta(seconds=s))
    return st.one_of(
        to_the_second.map(lambda by: as_of + by),
        whole_days.map(lambda by: as_of + by + timedelta(hours=11)),
        near.map(lambda by: as_of + by),
        st.sampled_from(EDGES),
    )


@st.composite
def customers(draw: st.DrawFn, at: st.SearchStrategy[datetime], cut: datetime) -> list[Record]:
    """Customer records; a merge points to a later one (so never in a circle) known at as_of."""
    person = records(
        {
            "created_at": at,
            "email": st.sampled_from((None, None, *EMAILS)),
            "phone": st.sampled_from((None, None, None, *PHONES)),
            "is_test": rarely(None, False),
            "is_internal": rarely(None, False),
        }
    )
    count = draw(st.integers(*SIZES["customers"]))
    rows = draw(st.lists(person, min_size=count, max_size=count))
    for place, row in enumerate(rows):
        row["customer_id"] = f"c{place:02d}"
    is_chain = draw(rarely(False))
    for place, row in enumerate(rows):
        later = [other["customer_id"] for other in rows[place + 1 :] if before(other, cut)]
        is_merged = draw(rarely(False))
        if is_chain and later and place < LONGEST_CHAIN:
            row |= {"merged_into_customer_id": later[0], "email": None, "phone": None}
        elif later and is_merged:
            row["merged_into_customer_id"] = draw(st.sampled_from(later))
    return rows


def records(columns: Mapping[str, st.SearchStrategy[object]]) -> st.SearchStrategy[Record]:
    """Rows with these columns."""
    return st.fixed_dictionaries(dict(columns))


def rarely(*usual: bool | None) -> st.SearchStrategy[bool | None]:
    """True once in twelve times, else one of the usual values."""
    return st.sampled_from((*(usual * 11)[:11], True))


@st.composite
def identities(
    draw: st.DrawFn, at: st.SearchStrategy[datetime], names: Sequence[str]
) -> list[Record]:
    """Identifiers known from elsewhere, one row each; some are seen from as_of on only."""
    unique: dict[tuple[str, str], dict[str, object]] = {}
    for kind in draw(st.lists(st.sampled_from(("email", "phone", "device")), max_size=3)):
        value = hashed(draw(st.sampled_from(PHONES if kind == "phone" else EMAILS)))
        identity_type = "device_id" if kind == "device" else f"{kind}_hash"
        unique[identity_type, str(value)] = {
            "identity_type": identity_type,
            "identity_value": value,
            "customer_id": draw(st.sampled_from(names)),
            "first_seen_at": draw(st.one_of(st.none(), at)),
        }
    return list(unique.values())


@st.composite
def orders(draw: st.DrawFn, at: st.SearchStrategy[datetime], names: Sequence[str]) -> list[Record]:
    """Order headers; some customers are known from orders only, some orders have no customer."""
    moments = draw(st.lists(at, min_size=8, max_size=20))
    buyers = tuple(draw(st.lists(st.sampled_from(names), min_size=1, max_size=4)))
    header = records(
        {
            "customer_id": st.sampled_from((*buyers * 3, *names, "order_only", None, None)),
            "email": st.sampled_from((None, *EMAILS)),
            "ordered_at": st.sampled_from(moments),
            "status": st.sampled_from(STATUSES),
            "currency": st.just("USD"),
            "subtotal_amount": st.sampled_from(AMOUNTS),
            "is_test": rarely(None, False),
        }
    )
    count = draw(st.integers(*SIZES["orders"]))  # lists of free length are mostly short
    rows = draw(st.lists(header, min_size=count, max_size=count))
    for place, row in enumerate(rows):
        # ids fall while places rise, so that input order and id order differ
        row["order_id"] = f"o{99 - place}"
        row |= {"shipping_amount": draw(EXTRAS), "tax_amount": draw(EXTRAS)}
        half = cents(Decimal(str(row["subtotal_amount"])) / 2)
        row["discount_amount"] = draw(st.sampled_from((None, Decimal(0), half)))
        if row["customer_id"] is not None:
            row["email"] = None
    return rows


@st.composite
def refunds(
    draw: st.DrawFn, at: st.SearchStrategy[datetime], placed: Sequence[Record]
) -> list[Record]:
    """Up to two refunds of some orders; two halves are a full one."""
    rows: list[Record] = []
    for order in placed:
        for part in range(draw(st.sampled_from((0, 0, 0, 1, 2)))):
            share = draw(st.sampled_from((2, 2, 4))) if part or draw(st.booleans()) else 1
            if part and rows[-1]["amount"] == paid(order):
                continue
            rows.append(
                {
                    "refund_id": f"r{len(rows)}",
                    "order_id": order["order_id"],
                    "refunded_at": draw(at),
                    "amount": cents(paid(order) / share),
                    "tax_amount": draw(EXTRAS),
                    "shipping_amount": draw(EXTRAS),
                }
            )
    return rows


EXTRAS = st.sampled_from((None, None, Decimal(0), Decimal("1.90")))


def say_on_the_orders(returned: Sequence[Record], rows: Sequence[Record]) -> None:
    """What exports do: an order carries the sum of its refunds, later ones too, and its status."""
    for order in rows:
        mine = [one for one in returned if one["order_id"] == order["order_id"]]
        if mine and order["status"] in {"paid", "fulfilled"}:
            amount = sum((Decimal(str(one["amount"])) for one in mine), Decimal(0))
            order["refunded_amount"] = amount
            order["status"] = "refunded" if amount >= paid(order) else "partially_refunded"


def before(row: Record, cut: datetime) -> bool:
    """Whether the customer was known before the cut-off."""
    created = moment(row["created_at"])
    return created is not None and created < cut


def cents(amount: Decimal) -> Decimal:
    """To the four decimals of the contract."""
    return amount.quantize(Decimal("0.0001"), ROUND_DOWN)


def paid(order: Record) -> Decimal:
    """What the products of the order cost after its discount."""
    return Decimal(str(order["subtotal_amount"])) - Decimal(str(order["discount_amount"] or 0))


@st.composite
def order_lines(draw: st.DrawFn, placed: Sequence[Record]) -> tuple[list[Record], list[Record]]:
    """Lines that add up to the subtotal, and the products they name.

    A gift card is sold whole: no discount and no other line in its order.
    """
    products: list[Record] = [
        {"product_id": "shirt", "name": "Shirt", "category": "wear", "is_merchandise": True},
        {"product_id": "postage", "name": "Postage", "category": None, "is_merchandise": False},
        {"product_id": "card", "name": "Gift card", "category": "cards", "is_merchandise": True},
    ]
    rows: list[Record] = []
    for order in placed:
        kind = draw(st.sampled_from(("none", "shirts", "with postage", "postage", "card")))
        subtotal = Decimal(str(order["subtotal_amount"]))
        sold = LINES[kind]
        if kind == "card":
            order["discount_amount"] = None
        for product in sold:
            rows.append(
                {
                    "order_line_id": f"l{len(rows)}",
                    "order_id": order["order_id"],
                    "product_id": product,
                    "quantity": 1,
                    "unit_price": cents(subtotal / len(sold)),
                    "is_gift_card": kind == "card",
                }
            )
    return rows, products


def older_version(row: Record) -> Record:
    """What the shop exported earlier about the same order: later rows replace it."""
    return row | {"subtotal_amount": Decimal(777), "status": "pending", "_loaded_at": LOADED[0]}


LOADED = (datetime.fromisoformat("2024-01-01"), datetime.fromisoformat("2024-07-01"))


@st.composite
def shops(draw: st.DrawFn, /, **variables: st.SearchStrategy[object]) -> Case:
    """A shop, an as_of, a time zone, and the vars asked for."""
    as_of, zone = draw(st.sampled_from(CUT_OFFS))
    cut = moment(as_of)
    assert cut is not None
    at = instants(to_utc(cut, zone))
    people = draw(customers(at, to_utc(cut, zone)))
    names = [str(row["customer_id"]) for row in people]
    known = [str(row["customer_id"]) for row in people if before(row, to_utc(cut, zone))]
    placed = draw(orders(at, names))
    nothing: list[Record] = []
    lines, products = nothing, nothing
    if draw(st.booleans()):
        lines, products = draw(order_lines(placed))
    returned = nothing
    if draw(st.booleans()):
        returned = draw(refunds(at, placed))
    is_on_orders = draw(st.booleans())
    if returned and is_on_orders:
        say_on_the_orders(returned, placed)
    if not returned:
        for row in placed:
            if draw(rarely(False)):
                row["status"] = "refunded"
                continue
            share = draw(st.sampled_from((None, None, None, 0, 0, Decimal("0.25"), 1)))
            row["refunded_amount"] = None if share is None else cents(paid(row) * share)
    late = [row | {"_loaded_at": LOADED[1]} for row in placed]
    late += [older_version(row) for row in placed if draw(rarely(False))]
    rows: Rows = {
        "customers": people,
        "customer_identities": draw(identities(at, known)) if known else nothing,
        "orders": late,
        "order_lines": lines,
        "products": products,
        "refunds": returned,
    }
    chosen = {name: draw(strategy) for name, strategy in variables.items()}
    return Case(rows, {"as_of": as_of, "reporting_timezone": zone} | chosen)
