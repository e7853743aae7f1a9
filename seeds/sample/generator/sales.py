"""Stories of orders: states, refunds, what is no revenue, late rows, and the clock."""

from generator.ledger import Ledger, moment
from generator.stories import buy, person, story


@story("c9050: o905001, o905002", "the paid order alone counts")
def cancelled_then_paid(ledger: Ledger) -> None:
    """Cancelled the first order the same evening and ordered again two days later."""
    person(ledger, 9050, "2024-02-11 12:00")
    buy(
        ledger, 9050, 1, "2024-02-11 12:30", "p16*8", status="cancelled",
        cancelled_at="2024-02-11 19:00:00", _loaded_at="2024-02-12 03:00:00",
    )  # fmt: skip
    buy(ledger, 9050, 2, "2024-02-13 12:30", "p16")


@story("c9051: o905101", "no buyer: the only order was cancelled")
def only_cancelled(ledger: Ledger) -> None:
    """One order, cancelled."""
    person(ledger, 9051, "2024-05-15 12:00")
    buy(
        ledger,
        9051,
        1,
        "2024-05-15 12:30",
        "p19",
        status="cancelled",
        cancelled_at="2024-05-16 08:00:00",
    )


@story("c9052: o905201 failed, o905202 paid", "one order, 6 minutes later")
def payment_failed(ledger: Ledger) -> None:
    """The card was refused, the second try went through."""
    person(ledger, 9052, "2024-06-20 18:00")
    buy(ledger, 9052, 1, "2024-06-20 18:30", "p05 p14", status="failed")
    buy(ledger, 9052, 2, "2024-06-20 18:36", "p05 p14")


@story("c9053: o905302", "excluded (is_test) though the customer is real")
def test_order(ledger: Ledger) -> None:
    """The shop tried the checkout on a real account, for 1,003.00."""
    person(ledger, 9053, "2024-02-01 10:00")
    buy(ledger, 9053, 1, "2024-02-01 10:30", "p02")
    buy(ledger, 9053, 2, "2024-02-12 10:30", "p16*17", is_test="true")


@story("c9054: o905402, o905403", "two orders on 2024-09-05; one when collapse_same_day_orders")
def same_day(ledger: Ledger) -> None:
    """Forgot something and ordered again in the afternoon."""
    person(ledger, 9054, "2024-07-05 10:00")
    buy(ledger, 9054, 1, "2024-07-05 10:05", "p01")
    buy(ledger, 9054, 2, "2024-09-05 10:05", "p01")
    buy(ledger, 9054, 3, "2024-09-05 17:40", "p13")


@story("c9055: o905501, o905502", "order_number 1 and 2 by order_id; exactly one first order")
def same_second(ledger: Ledger) -> None:
    """The checkout split one basket into two orders with the same time stamp."""
    person(ledger, 9055, "2024-10-02 10:00")
    buy(ledger, 9055, 1, "2024-10-02 10:05", "p01")
    buy(ledger, 9055, 2, "2024-10-02 10:05", "p17")


@story(
    "c9056: o905602",
    "refunded in March what was bought in January: net revenue 0, excluded by default",
)
def full_refund(ledger: Ledger) -> None:
    """Sent everything back; six weeks and two month ends later goods, tax and shipping were
    refunded."""
    person(ledger, 9056, "2024-11-10 10:00")
    buy(ledger, 9056, 1, "2024-11-10 10:30", "p01")
    order = buy(ledger, 9056, 2, "2025-01-20 10:30", "p17")
    ledger.refund(order, 1, moment("2025-03-03 09:00"), "34.00", tax="2.38", shipping="4.90")
    ledger.restate(order, moment("2025-03-03 09:00"), status="refunded")


@story("c9057: o905701", "no buyer by default; a buyer when exclude_fully_refunded_orders is false")
def only_order_refunded(ledger: Ledger) -> None:
    """The only order was refunded in full, in two parts."""
    person(ledger, 9057, "2024-04-04 10:00")
    order = buy(ledger, 9057, 1, "2024-04-04 10:30", "p18 p07")
    ledger.refund(order, 1, moment("2024-04-15 09:00"), "29.00", tax="2.03")
    ledger.refund(order, 2, moment("2024-05-02 09:00"), "8.90", tax="0.62")
    ledger.restate(order, moment("2024-05-02 09:00"), status="refunded")


@story(
    "c9058: o905801",
    "net revenue 41.20 - 10.90 - 5.00 = 25.30; two refunds do not double the order",
)
def partial_refunds(ledger: Ledger) -> None:
    """Two refunds on one order with three lines."""
    person(ledger, 9058, "2024-08-01 10:00")
    order = buy(ledger, 9058, 1, "2024-08-01 10:30", "p02*2 p01 p13")
    ledger.refund(order, 1, moment("2024-08-20 09:00"), "10.90", tax="0.76", reason="wrong_item")
    ledger.refund(order, 2, moment("2024-09-10 09:00"), "5.00", reason="late")
    ledger.restate(order, moment("2024-09-10 09:00"), status="partially_refunded")


@story("c9059: o905901", "net revenue unchanged: shipping is no product revenue")
def shipping_refund(ledger: Ledger) -> None:
    """Delivered late; only the shipping was refunded (amount 0)."""
    person(ledger, 9059, "2024-09-09 10:00")
    order = buy(ledger, 9059, 1, "2024-09-09 10:30", "p03 p07")
    ledger.refund(order, 1, moment("2024-09-20 09:00"), "0.00", shipping="4.90", reason="late")


@story("c9060: refund r906000-1", "a credit of the customer that lowers no order's revenue")
def credit_without_order(ledger: Ledger) -> None:
    """Five euros of goodwill, booked on the customer and on no order."""
    person(ledger, 9060, "2024-10-10 10:00")
    buy(ledger, 9060, 1, "2024-10-10 10:30", "p11 p07")
    ledger.add(
        "refunds", refund_id="r906000-1", customer_id="c9060", refunded_at="2024-12-01 09:00:00",
        amount="5.00", tax_amount="0", shipping_amount="0", reason="goodwill",
        _loaded_at="2024-12-02 03:00:00",
    )  # fmt: skip


@story("c9061: o906101", "not refunded yet at as_of 2026-07-01; fully refunded from 2026-07-04 on")
def refund_after_as_of(ledger: Ledger) -> None:
    """Bought in June 2026, refunded in July: after the end of history."""
    person(ledger, 9061, "2026-06-15 10:00")
    order = buy(ledger, 9061, 1, "2026-06-15 10:30", "p19")
    ledger.refund(order, 1, moment("2026-07-03 09:00"), "39.00", tax="2.73", shipping="4.90")


@story(
    "c9062: o906201",
    "refunded_amount is read, as refunds has no row of it: net revenue 24.90 - 10.00",
)
def refunded_amount_only(ledger: Ledger) -> None:
    """A refund of the old shop system, which kept an amount and no record."""
    person(ledger, 9062, "2024-01-10 10:00")
    buy(
        ledger, 9062, 1, "2024-01-10 10:30", "p12", status="partially_refunded",
        refunded_amount="10.00",
    )  # fmt: skip


@story("c9063: o906301, o906302", "gift cards sold are no net revenue: 0.00 and 14.90")
def gift_cards(ledger: Ledger) -> None:
    """Bought a gift card, and later a gift card with a bag of coffee."""
    person(ledger, 9063, "2024-12-01 10:00")
    buy(ledger, 9063, 1, "2024-12-01 10:30", "p24")
    buy(ledger, 9063, 2, "2024-12-18 10:30", "p23 p01")


@story(
    "c9064: o906401, o906402",
    "no_merchandise when merchandise_only; an order like any other by default",
)
def services_only(ledger: Ledger) -> None:
    """Had a grinder overhauled (a service, not merchandise); bought coffee with express delivery
    later."""
    person(ledger, 9064, "2024-03-18 10:00")
    buy(ledger, 9064, 1, "2024-03-18 10:30", "p27")
    buy(ledger, 9064, 2, "2024-05-18 10:30", "p01 p25")


@story("c9065: o906502", "valid, net revenue 0.00, and not 'fully refunded'")
def free_order(ledger: Ledger) -> None:
    """Got a replacement for free: a code of 100 percent."""
    person(ledger, 9065, "2024-07-22 10:00")
    buy(ledger, 9065, 1, "2024-07-22 10:30", "p17")
    buy(ledger, 9065, 2, "2024-08-05 10:30", "p02", percent=100, discount_code="SORRY100")


@story("c9066: o906601", "gross margin NULL where no cost is known, not equal to the revenue")
def unknown_cost(ledger: Ledger) -> None:
    """A guest roaster's bag, whose cost nobody entered; a free sample came along."""
    person(ledger, 9066, "2025-02-14 10:00")
    buy(ledger, 9066, 1, "2025-02-14 10:30", "p28")
    buy(ledger, 9066, 2, "2025-03-20 10:30", "p01 p29")


@story("c9067: o906701", "quantity 0.75 x 24.00 = 18.00: quantities are not whole numbers")
def sold_by_weight(ledger: Ledger) -> None:
    """Loose beans in the store."""
    person(ledger, 9067, "2025-05-05 10:00")
    buy(ledger, 9067, 1, "2025-05-05 10:30", "p06*0.75", channel="store", location_id="berlin-1")


@story("c9068: o906801 in 2 versions", "one order, paid; the older version says pending")
def late_payment(ledger: Ledger) -> None:
    """Loaded as pending; the bank transfer came four days later and the row was loaded again."""
    person(ledger, 9068, "2025-08-30 10:00")
    order = buy(ledger, 9068, 1, "2025-08-30 10:30", "p04", status="pending")
    ledger.new_version(order.row, "orders", moment("2025-09-03 11:00"), status="paid")


@story(
    "c9069: o906901 in 2 versions",
    "not valid: the newest version is cancelled, though it stands first",
)
def late_cancellation(ledger: Ledger) -> None:
    """Loaded as paid, cancelled a day later; the newer row stands above the older one."""
    person(ledger, 9069, "2025-10-30 10:00")
    order = buy(ledger, 9069, 1, "2025-10-31 10:30", "p18", status="paid")
    ledger.tables["orders"].remove(order.row)
    ledger.new_version(
        order.row,
        "orders",
        moment("2025-11-01 10:00"),
        status="cancelled",
        cancelled_at="2025-11-01 10:00:00",
    )
    ledger.tables["orders"].append(order.row)


@story(
    "c9070: o907001, o907002 (3 versions)",
    "two orders; the second is partially refunded, net revenue 22.35",
)
def late_refund(ledger: Ledger) -> None:
    """Pending, then fulfilled, then partially refunded: three versions of one row, and a line
    loaded twice."""
    person(ledger, 9070, "2025-11-03 10:00")
    buy(ledger, 9070, 1, "2025-11-03 10:30", "p01")
    order = buy(ledger, 9070, 2, "2025-12-01 10:30", "p01*2", status="pending")
    line = ledger.tables["order_lines"][-1]
    ledger.new_version(line, "order_lines", moment("2025-12-03 09:00"))
    ledger.new_version(order.row, "orders", moment("2025-12-03 09:00"), status="fulfilled")
    ledger.new_version(order.row, "orders", moment("2026-01-04 09:00"), status="partially_refunded")
    ledger.refund(order, 1, moment("2026-01-04 09:00"), "7.45", tax="0.52")


@story("c9071: o907101 .. o907104", "UTC: Dec, Jan, Mar, Apr; Europe/Berlin: Jan, Jan, Mar, Apr")
def around_midnight(ledger: Ledger) -> None:
    """Orders at 23:30 and 00:30 (UTC) around month ends; the month depends on the time zone."""
    person(ledger, 9071, "2024-12-31 23:00")
    buy(ledger, 9071, 1, "2024-12-31 23:30", "p10")
    buy(ledger, 9071, 2, "2025-01-01 00:30", "p10")
    buy(ledger, 9071, 3, "2025-03-31 21:30", "p10")  # 23:30 in Berlin
    buy(ledger, 9071, 4, "2025-04-01 00:30", "p10")


@story(
    "c9072: o907201, o907202",
    "UTC: cohort 2025-05, back in month 1; Europe/Berlin: cohort 2025-06, both orders in month 0",
)
def cohort_depends_on_zone(ledger: Ledger) -> None:
    """Signed up and bought at 23:30 UTC on the last day of May, again at 00:30 on the last of
    June."""
    person(ledger, 9072, "2025-05-31 23:15")
    buy(ledger, 9072, 1, "2025-05-31 23:30", "p08")
    buy(ledger, 9072, 2, "2025-06-30 00:30", "p08")


@story(
    "c9073: o907302, o907303",
    "at as_of: 2 orders in UTC, 1 in Europe/Berlin, 3 in America/New_York",
)
def around_as_of(ledger: Ledger) -> None:
    """One order half an hour before the end of history in UTC, one half an hour after."""
    person(ledger, 9073, "2026-04-01 10:00")
    buy(ledger, 9073, 1, "2026-04-01 10:30", "p02")
    buy(ledger, 9073, 2, "2026-06-30 23:30", "p02", status="paid")
    buy(ledger, 9073, 3, "2026-07-01 00:30", "p02", status="paid")


@story("c9074: o907402", "not read at all before as_of 2026-07-06")
def order_after_as_of(ledger: Ledger) -> None:
    """An order of 2026-07-05, after the end of history."""
    person(ledger, 9074, "2026-05-05 10:00")
    buy(ledger, 9074, 1, "2026-05-05 10:30", "p11")
    buy(ledger, 9074, 2, "2026-07-05 10:30", "p11", status="paid")


@story(
    "c9075: o907501, o907502",
    "months after the cohort month: 1, though 29 days passed; leap day included",
)
def leap_day(ledger: Ledger) -> None:
    """First order on 2024-01-31, second on 2024-02-29."""
    person(ledger, 9075, "2024-01-31 12:00")
    buy(ledger, 9075, 1, "2024-01-31 12:30", "p05")
    buy(ledger, 9075, 2, "2024-02-29 12:30", "p05")


@story(
    "c9076: o907601, o907602",
    "discount of the line 4.47 (subtotal 10.43); discount of the order 2.49; never both",
)
def markdown_and_code(ledger: Ledger) -> None:
    """A short-dated bag at 30 percent off its price; later a Discovery Box with a code of 10
    percent."""
    person(ledger, 9076, "2025-09-01 10:00")
    buy(ledger, 9076, 1, "2025-09-01 10:30", "p01*1/30")
    buy(ledger, 9076, 2, "2025-10-01 10:30", "p12", percent=10, discount_code="WELCOME10")
