"""About 1,900 people drawn by chance: when they come, what they buy, whether they come back.

What is built in (README.md tells it to readers): sign-ups grow and peak before Christmas; the
chance of a next order rises with the order's number, and depends on the acquisition channel and
on the first product; consumables are bought again when they run out; a few people buy every other
week; some come back after more than a year; a December order for presents; some orders are
cancelled, fail, are refunded.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from generator.catalogue import (
    ACQUISITIONS,
    AS_OF,
    COMPANIONS,
    FIRST_NAMES,
    FIRST_PRODUCTS,
    GIFT_PRODUCTS,
    HISTORY_START,
    HOURS,
    LAST_NAMES,
    LATER_PRODUCTS,
    LOCATIONS,
    OPENING_HOURS,
    PLACES,
    PRODUCTS,
    SALES_CHANNELS,
    SIGNUPS,
    Acquisition,
)
from generator.ledger import Item, Ledger, Order, cents, stamp
from generator.streams import Stream

GUESTS = 140
NEXT_ORDER = (0.52, 0.71, 0.80, 0.86, 0.89, 0.915)  # chance of order 2, 3, ...; the last one stays
FIRST_PRODUCT_FACTOR = {"p12": 1.3, "p20": 0.5}
# deciles, in days, of the gap to the second order and to later ones
FIRST_GAP = (3, 15, 25, 33, 41, 50, 63, 82, 115, 180, 320)
LATER_GAP = (1, 10, 17, 23, 28, 33, 39, 48, 62, 92, 200)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Person:
    """Who somebody is: drawn once, never changed by what they buy."""

    number: int
    created_at: datetime
    name: str
    email: str
    country: str
    city: str
    language: str
    acquisition: Acquisition
    campaign: str
    sales_channel: str
    is_heavy: bool

    @property
    def customer_id(self) -> str:
        return f"c{self.number:04d}"


def write_population(ledger: Ledger) -> None:
    """Write everybody that is drawn by chance."""
    number = 0
    for month, count in enumerate(SIGNUPS):
        for _ in range(count):
            number += 1
            write_person(ledger, draw_person(number, month_start(month)))
    for guest in range(1, GUESTS + 1):
        write_guest(ledger, guest)


def month_start(month: int) -> datetime:
    """Return the first moment of the month so many months after the start of history."""
    return HISTORY_START.replace(year=HISTORY_START.year + month // 12, month=month % 12 + 1)


def days_in(month: datetime) -> int:
    """Return how many days the month has that starts here."""
    return ((month + 31 * DAY).replace(day=1) - month).days


def draw_person(number: int, month: datetime) -> Person:
    """Draw who somebody is that signs up in this month."""
    stream = Stream("person", f"c{number:04d}")
    (country, language, _), cities = stream.weighted([((p, c), w) for p, c, w in PLACES])
    acquisition = stream.weighted(ACQUISITIONS)
    first, last = stream.pick(FIRST_NAMES), stream.pick(LAST_NAMES)
    sales_channel = stream.weighted(SALES_CHANNELS)
    if sales_channel == "store" and country not in LOCATIONS:
        sales_channel = "web"
    return Person(
        number=number,
        created_at=stream.moment(month + DAY * stream.between(0, days_in(month) - 1), HOURS),
        name=f"{first} {last}",
        email=f"{first}.{number}@example.com".lower(),
        country=country,
        city=stream.pick(cities),
        language=language,
        acquisition=acquisition,
        campaign=stream.pick(acquisition.campaigns) if acquisition.campaigns else "",
        sales_channel=sales_channel,
        is_heavy=stream.chance(0.012),
    )


def write_person(ledger: Ledger, person: Person) -> None:
    """Write a customer, their identities, their second account if they have one, their orders."""
    stream = Stream("account", person.customer_id)
    has_phone, has_card, has_app = stream.chance(0.5), stream.chance(0.06), stream.chance(0.05)
    phone = f"+1555{person.number:07d}" if has_phone else ""
    row = ledger.customer(
        person.customer_id,
        person.created_at,
        email=person.email,
        phone=phone,
        full_name=person.name,
        country=person.country,
        city=person.city,
        language=person.language,
        acquisition_channel=person.acquisition.channel,
        acquisition_source=person.acquisition.source,
        acquisition_medium=person.acquisition.medium,
        acquisition_campaign=person.campaign,
        attributes=f'{{"loyalty_card":"L{person.number:05d}"}}' if has_card else "",
    )
    if has_app:
        ledger.add(
            "customer_identities",
            identity_type="device_id",
            identity_value=f"device-{person.number:04d}",
            customer_id=person.customer_id,
            first_seen_at=stamp(person.created_at),
            source="app",
            _loaded_at=row["_loaded_at"],
        )
    if stream.chance(0.11):
        return  # signed up, never bought
    accounts = [(person.created_at, person.customer_id)]
    opened_at = person.created_at + DAY * stream.between(40, 300)
    if stream.chance(0.02) and opened_at < AS_OF:  # forgot the first account, opened another
        second = f"{person.customer_id}b"
        accounts.append((opened_at, second))
        same = {"email": f" {person.email.title()}"} if stream.chance(0.6) else {"phone": phone}
        ledger.customer(second, opened_at, **same, full_name=person.name, country=person.country)
    write_orders(ledger, person, accounts)


def write_orders(ledger: Ledger, person: Person, accounts: list[tuple[datetime, str]]) -> None:
    """Write all orders of a person, each under the newest account they had then."""
    number = 0
    for at, kind in order_moments(person):
        number += 1
        order_id = f"o{person.number:04d}{number:02d}"
        owner = [account for opened_at, account in accounts if opened_at <= at][-1]
        stream = Stream("checkout", order_id)
        as_guest = stream.chance(0.012)  # not logged in: the e-mail address still tells who it is
        buyer = {"email": person.email} if as_guest else {"customer_id": owner}
        values = buyer | draw_checkout(stream, person, number)
        percent, code = draw_discount(stream, person, at, number)
        items = draw_basket(Stream("basket", order_id), first_product(person), kind)
        if stream.chance(0.012):  # the card was refused; a few minutes later it worked
            failed = at - timedelta(minutes=stream.between(3, 12))
            ledger.order(
                order_id, failed, items, country=person.country, percent=percent,
                discount_code=code, status="failed", **values,
            )  # fmt: skip
            number += 1
            order_id = f"o{person.number:04d}{number:02d}"
        order = ledger.order(
            order_id,
            at,
            items,
            country=person.country,
            percent=percent,
            discount_code=code,
            **values,
        )
        draw_outcome(ledger, Stream("outcome", order_id), order)


def first_product(person: Person) -> str:
    """Return what the person tries first."""
    return Stream("first_product", person.customer_id).weighted(FIRST_PRODUCTS)


def order_moments(person: Person) -> list[tuple[datetime, str]]:
    """Return when the person orders and what kind of order it is: first, later or gift."""
    stream = Stream("rhythm", person.customer_id)
    wait = 0 if stream.chance(0.7) else stream.quantile((0, 1, 2, 5, 9, 20, 60))
    at = person.created_at + timedelta(minutes=stream.between(4, 55))
    if wait:
        at = stream.moment(at + DAY * wait, HOURS)
    moments = [(at, "first")]
    first = PRODUCTS[first_product(person)]
    factor = person.acquisition.repeat_factor * FIRST_PRODUCT_FACTOR.get(first.product_id, 1.0)
    while at < AS_OF:
        base = NEXT_ORDER[min(len(moments), len(NEXT_ORDER)) - 1]
        if person.is_heavy:
            gap = stream.between(8, 22)
        elif stream.chance(min(base * factor, 0.95)):
            gap = stream.quantile(FIRST_GAP if len(moments) == 1 else LATER_GAP)
            if first.replenishment_days and stream.chance(0.4):  # when the bag is empty
                gap = int(first.replenishment_days) + stream.between(-5, 8)
        elif stream.chance(0.05):
            gap = stream.between(370, 560)  # everybody had given them up
        else:
            break
        at = stream.moment(at + DAY * max(gap, 1), HOURS)
        if at.month in (7, 8) and not person.is_heavy and stream.chance(0.3):
            at += DAY * 20  # summer holidays
        moments.append((at, "later"))
    gifts = Stream("gift", person.customer_id)
    for year in (2024, 2025):
        christmas = person.created_at.replace(year=year, month=12, day=gifts.between(1, 20))
        moment = gifts.moment(christmas, HOURS)
        if gifts.chance(0.13) and moment > moments[0][0]:
            moments.append((moment, "gift"))
    return sorted(moment for moment in moments if moment[0] < AS_OF)


def draw_checkout(stream: Stream, person: Person, number: int) -> dict[str, str]:
    """Draw where the order was placed and what led to it."""
    channel = person.sales_channel if stream.chance(0.9) else stream.weighted(SALES_CHANNELS)
    if channel == "store":
        location = LOCATIONS.get(person.country, "")
        return {"channel": "store" if location else "web", "location_id": location}
    if number == 1 and person.campaign:
        source, medium = person.acquisition.source, person.acquisition.medium
        return {
            "channel": channel,
            "utm_source": source,
            "utm_medium": medium,
            "utm_campaign": person.campaign,
        }
    return {"channel": channel}


def draw_discount(stream: Stream, person: Person, at: datetime, number: int) -> tuple[int, str]:
    """Draw the percentage and the code of an order; 0 and '' for full price."""
    way = person.acquisition
    if number == 1 and stream.chance(min(way.discount_chance + 0.2, 0.95)):
        return way.percent, way.code
    if at.month == 12 and stream.chance(0.3):
        return 15, "XMAS15"
    if at.month == 4 and stream.chance(0.2):
        return 10, "SPRING10"
    if number > 1 and stream.chance(way.discount_chance):
        return way.percent, way.code
    return 0, ""


def draw_basket(stream: Stream, first: str, kind: str) -> list[Item]:
    """Draw what is in the basket: seldom more than three things, each of them once."""
    if kind == "gift":
        main = stream.weighted(GIFT_PRODUCTS)
    elif kind == "later":
        again = PRODUCTS[first].replenishment_days and stream.chance(0.55)
        main = first if again else stream.weighted(LATER_PRODUCTS)
    else:
        main = first
    many = PRODUCTS[main].replenishment_days and stream.chance(0.25)
    items = {main: Decimal(stream.between(2, 3) if many else 1)}
    companion = COMPANIONS.get(main)
    if companion and stream.chance(0.22):
        items[companion] = Decimal(1)
    if stream.chance(0.2):
        items[stream.weighted(LATER_PRODUCTS)] = Decimal(1)
    if stream.chance(0.015):
        items["p25"] = Decimal(1)  # express delivery: a service, not merchandise
    is_short_dated = PRODUCTS[main].replenishment_days and stream.chance(0.03)
    return [
        Item(PRODUCTS[product], count, 30 if is_short_dated and product == main else 0)
        for product, count in items.items()
    ]


def draw_outcome(ledger: Ledger, stream: Stream, order: Order) -> None:
    """Draw what became of an order: usually nothing more."""
    age = AS_OF - order.at
    if age < 2 * DAY and stream.chance(0.4):
        ledger.restate(order, order.at, status="pending")
    elif age < 4 * DAY:
        ledger.restate(order, order.at, status="paid")
    elif stream.chance(0.003):
        ledger.restate(order, order.at, status="pending")  # the money never came
    elif stream.chance(0.025):
        cancelled_at = order.at + timedelta(hours=stream.between(1, 40))
        ledger.restate(order, cancelled_at, status="cancelled", cancelled_at=stamp(cancelled_at))
    elif stream.chance(0.045) and order.paid_goods > 1:
        refunded_at = stream.moment(order.at + DAY * stream.between(3, 45), OPENING_HOURS)
        if refunded_at >= AS_OF:
            return
        if stream.chance(0.4):
            is_faulty = stream.chance(0.5)
            ledger.refund(
                order, 1, refunded_at, order.paid_goods, tax=order.tax,
                shipping=order.shipping if is_faulty else "0",
                reason="damaged" if is_faulty else "return",
            )  # fmt: skip
            whole = order.row["subtotal_amount"], order.row["discount_amount"]
            is_full = Decimal(whole[0]) - Decimal(whole[1]) == order.paid_goods
            status = "refunded" if is_full else "partially_refunded"
        else:
            share = Decimal(stream.pick((20, 25, 50))) / 100
            ledger.refund(
                order, 1, refunded_at, cents(order.paid_goods * share),
                tax=cents(order.tax * share), reason=stream.pick(("return", "late", "wrong_item")),
            )  # fmt: skip
            status = "partially_refunded"
        ledger.restate(order, refunded_at, status=status)


def write_guest(ledger: Ledger, number: int) -> None:
    """Write somebody without an account: half leave no address, some buy again under theirs."""
    stream = Stream("guest", f"g{number:03d}")
    at = stream.moment(HISTORY_START + DAY * stream.between(5, 905), HOURS)
    email = f"guest.{number}@example.com" if stream.chance(0.55) else ""
    orders = stream.between(2, 3) if email and stream.chance(0.25) else 1
    for count in range(1, orders + 1):
        if at >= AS_OF:
            return
        order_id = f"o8{number:03d}{count:02d}"
        place = {"channel": "web"} if email else {"channel": "store", "location_id": "berlin-1"}
        first = stream.weighted(FIRST_PRODUCTS)
        items = draw_basket(Stream("basket", order_id), first, "first")
        order = ledger.order(order_id, at, items, country="DE", percent=0, email=email, **place)
        draw_outcome(ledger, Stream("outcome", order_id), order)
        at = stream.moment(at + DAY * stream.quantile(FIRST_GAP), HOURS)
