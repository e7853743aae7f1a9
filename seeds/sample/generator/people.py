"""Stories of customers: duplicates, guests, who must not count, and habits of buying."""

from datetime import timedelta

from generator.ledger import Ledger, basket, moment, next_load
from generator.stories import buy, guest_buys, identity, person, story


@story("c9001, c9002", "one customer, c9001 (the older account), with 3 orders")
def same_email(ledger: Ledger) -> None:
    """Two accounts with one e-mail address, in other case and with blanks around it."""
    person(ledger, 9001, "2024-02-03 09:00", email="story.9001@example.com")
    buy(ledger, 9001, 1, "2024-02-03 09:20", "p01")
    buy(ledger, 9001, 2, "2024-04-10 18:05", "p01*2")
    person(ledger, 9002, "2024-08-19 20:00", email="  Story.9001@Example.COM ")
    buy(ledger, 9002, 1, "2024-08-19 20:10", "p04")


@story("c9003, c9004", "one customer, c9003; the e-mail addresses differ")
def same_phone(ledger: Ledger) -> None:
    """Two accounts with one phone number."""
    person(ledger, 9003, "2024-03-11 12:00", phone="+15550009003")
    buy(ledger, 9003, 1, "2024-03-11 12:30", "p07")
    person(
        ledger, 9004, "2024-11-02 08:00", email="story.9004.work@example.com", phone=" +15550009003"
    )
    buy(ledger, 9004, 1, "2024-11-02 08:10", "p07 p08")


@story(
    "c9005 -> c9006 -> c9007 -> c9008",
    "one customer, c9008, the oldest, with one order of each account",
)
def merged_chain(ledger: Ledger) -> None:
    """The shop merged c9005 into c9006, that into c9007, that into c9008."""
    days = ("2025-01-09", "2024-10-08", "2024-07-05", "2024-05-02")
    for number, day in zip(range(9005, 9009), days, strict=True):
        into = f"c{number + 1}" if number < 9008 else ""
        person(ledger, number, f"{day} 10:00", merged_into_customer_id=into)
        buy(ledger, number, 1, f"{day} 10:30", "p02")


@story("c9009, c9010, c9011", "one customer, c9009: links are followed to the end")
def email_then_phone_chain(ledger: Ledger) -> None:
    """c9009 and c9010 share an e-mail address, c9010 and c9011 a phone number."""
    person(ledger, 9009, "2024-04-01 07:00", email="story.chain@example.com", phone="+15550009009")
    person(ledger, 9010, "2024-09-01 07:00", email="STORY.CHAIN@example.com", phone="+15550009010")
    person(ledger, 9011, "2025-02-01 07:00", phone="+15550009010")
    buy(ledger, 9009, 1, "2024-04-01 07:30", "p05")
    buy(ledger, 9010, 1, "2024-09-01 07:30", "p05")
    buy(ledger, 9011, 1, "2025-02-01 07:30", "p05")


@story("c9012, c9013", "one customer, c9012: the app verified its address on c9013")
def linked_by_identity(ledger: Ledger) -> None:
    """Different addresses on the accounts; only customer_identities knows that they are one
    person."""
    person(ledger, 9012, "2024-06-01 10:00")
    person(ledger, 9013, "2025-01-15 10:00")
    identity(ledger, 9013, "email_hash", "story.9012@example.com", "2025-02-01 10:00", "app")
    identity(ledger, 9013, "device_id", "device-9013", "2025-02-01 10:00", "app")
    buy(ledger, 9012, 1, "2024-06-01 10:20", "p11")
    buy(ledger, 9013, 1, "2025-01-15 10:20", "p11")


@story("c9014, c9015", "two customers: a name proves nothing")
def same_name(ledger: Ledger) -> None:
    """Two people with the same name, city and language."""
    for number, day in ((9014, "2024-05-20"), (9015, "2024-05-21")):
        person(ledger, number, f"{day} 15:00", full_name="Ada Beispiel")
        buy(ledger, number, 1, f"{day} 15:30", "p09")


@story("c9016, c9017", "two customers: empty is not equal to empty")
def no_contact(ledger: Ledger) -> None:
    """Two store customers with neither e-mail address nor phone number."""
    for number, day in ((9016, "2024-06-10"), (9017, "2024-06-11")):
        person(ledger, number, f"{day} 11:00", email="", city="Hamburg")
        buy(ledger, number, 1, f"{day} 11:05", "p01", channel="store", location_id="berlin-1")
        buy(ledger, number, 2, "2024-08-02 11:05", "p01", channel="store", location_id="berlin-1")


@story("c9018; o901890, o901891", "c9018 has 4 orders, the first before the account existed")
def guest_is_customer(ledger: Ledger) -> None:
    """Bought as a guest before signing up and once after, with the same address written
    differently."""
    guest_buys(ledger, 9018, 90, "2024-09-14 19:00", "Story.9018@example.com", "p12")
    person(ledger, 9018, "2024-10-01 19:00")
    buy(ledger, 9018, 1, "2024-10-01 19:10", "p02")
    buy(ledger, 9018, 2, "2024-11-05 19:10", "p02")
    guest_buys(ledger, 9018, 91, "2025-01-20 06:30", " story.9018@EXAMPLE.com", "p02 p13")


@story("o901901, o901902, o901903", "one customer made from the hashed address, with 3 orders")
def guest_repeats(ledger: Ledger) -> None:
    """A guest without an account who buys three times under one address."""
    for nth, day in ((1, "2024-07-01"), (2, "2024-08-12"), (3, "2025-03-03")):
        guest_buys(ledger, 9019, nth, f"{day} 13:00", "story.guest@example.com", "p08")


@story("o902001, o902002", "two guests, each with one order; never one customer called NULL")
def guest_without_email(ledger: Ledger) -> None:
    """Two cash sales in the store: no account and no address."""
    for nth in (1, 2):
        buy(
            ledger, 9020, nth, f"2024-07-0{nth} 14:00", "p20", customer_id="", channel="store",
            location_id="berlin-1",
        )  # fmt: skip


@story("c9021 in orders only", "a customer that only the orders know")
def only_in_orders(ledger: Ledger) -> None:
    """The account is missing from the customers table, its two orders are not."""
    buy(ledger, 9021, 1, "2024-09-09 09:09", "p10")
    buy(ledger, 9021, 2, "2024-10-10 10:10", "p10")


@story(
    "c9022",
    "stays a customer without address; its orders and revenue stay, no hash leads back to it",
)
def erased(ledger: Ledger) -> None:
    """Asked to be erased; bought twice before."""
    buy(ledger, 9022, 1, "2024-05-06 17:00", "p16 p01")
    buy(ledger, 9022, 2, "2024-06-08 17:00", "p01")
    person(
        ledger, 9022, "2024-05-06 16:00", email="", full_name="", city="", language="",
        erased_at="2025-04-01 12:00:00", _loaded_at="2025-04-02 03:00:00",
    )  # fmt: skip


@story("c9023 internal, c9024 test", "their orders are excluded, the accounts stay, flagged")
def staff_and_test_accounts(ledger: Ledger) -> None:
    """A colleague who buys at cost every month, and an account for testing the checkout."""
    person(ledger, 9023, "2024-01-08 08:00", is_internal="true")
    for nth in range(1, 7):
        buy(
            ledger,
            9023,
            nth,
            f"2024-{nth:02d}-25 16:00",
            "p04",
            percent=40,
            discount_code="STAFF40",
        )
    person(ledger, 9024, "2024-01-02 08:00", is_test="true")
    buy(ledger, 9024, 1, "2024-01-02 08:01", "p16*5")
    buy(ledger, 9024, 2, "2025-01-02 08:01", "p16*5")


@story("c9025: o902501", "prospect: no order, no row in any cohort of orders")
def never_bought(ledger: Ledger) -> None:
    """Signed up; the only order was never paid."""
    person(ledger, 9025, "2024-08-08 08:08")
    buy(ledger, 9025, 1, "2024-08-08 08:18", "p19", status="pending")


@story("c9026", "one row, city Leeds, country GB")
def customer_restated(ledger: Ledger) -> None:
    """The customer moved house: two versions of one row, the newer one loaded later and standing
    first."""
    old = person(ledger, 9026, "2024-03-03 10:00", city="Hamburg")
    ledger.tables["customers"].remove(old)
    moved = {"city": "Leeds", "country": "GB", "language": "en"}
    ledger.new_version(old, "customers", moment("2025-06-15 10:00"), **moved)
    ledger.tables["customers"].append(old)
    buy(ledger, 9026, 1, "2024-03-03 10:10", "p01")
    buy(ledger, 9026, 2, "2025-07-01 10:10", "p01", country="GB")


@story("c9027", "reactivated: 493 days between order 2 and 3; dormant, then resurrected")
def comes_back(ledger: Ledger) -> None:
    """Two orders, more than a year of silence, two orders."""
    person(ledger, 9027, "2024-01-20 18:00")
    for nth, day in enumerate(("2024-01-20", "2024-02-25", "2025-07-02", "2025-08-03"), start=1):
        buy(ledger, 9027, nth, f"{day} 18:30", "p01 p13")


@story("c9028, account office-1", "the heaviest buyer of the shop: an order every other week")
def heavy_buyer(ledger: Ledger) -> None:
    """An office kitchen."""
    person(
        ledger, 9028, "2024-02-05 07:00", account_id="office-1", full_name="Office Kitchen Fixture"
    )
    first = moment("2024-02-05 07:30")
    for nth in range(62):
        at = first + timedelta(days=14 * nth)
        ledger.order(f"o9028{nth + 1:02d}", at, basket("p04*4 p15*2"), customer_id="c9028")


@story("c9029", "every gap between orders is exactly 30 days; never a discount")
def replenishes(ledger: Ledger) -> None:
    """Buys a bag of espresso whenever the old one is empty (replenishment 30 days)."""
    person(ledger, 9029, "2024-01-15 06:00")
    first = moment("2024-01-15 06:30")
    for nth in range(20):
        ledger.order(
            f"o9029{nth + 1:02d}",
            first + timedelta(days=30 * nth),
            basket("p01"),
            customer_id="c9029",
        )


@story("c9030", "one order each December: a gap of a year is its habit, not a churn and a return")
def christmas_only(ledger: Ledger) -> None:
    """Buys presents before Christmas and nothing else."""
    person(ledger, 9030, "2024-12-07 20:00")
    buy(ledger, 9030, 1, "2024-12-07 20:20", "p21 p22 p26")
    buy(ledger, 9030, 2, "2025-12-06 20:20", "p21 p22 p26", percent=15, discount_code="XMAS15")


@story("c9031", "channels_used 3, two locations")
def multichannel(ledger: Ledger) -> None:
    """Buys on the web, in the app and in two stores."""
    person(
        ledger,
        9031,
        "2024-04-20 12:00",
        phone="+15550009031",
        attributes='{"roast": "dark", "milk": true}',
    )
    buy(ledger, 9031, 1, "2024-04-20 12:30", "p03")
    buy(ledger, 9031, 2, "2024-06-01 12:30", "p03", channel="app")
    buy(ledger, 9031, 3, "2024-07-13 09:30", "p03", channel="store", location_id="berlin-1")
    buy(ledger, 9031, 4, "2024-08-24 09:30", "p03", channel="store", location_id="wien-1")


@story("c9032", "full price share 0: every order has a code")
def discount_hunter(ledger: Ledger) -> None:
    """Came from a coupon page and never pays full price."""
    person(
        ledger,
        9032,
        "2024-11-20 21:00",
        acquisition_channel="affiliate",
        acquisition_campaign="coupons",
    )
    for nth, day in enumerate(("2024-11-20", "2024-12-20", "2025-04-02", "2025-11-28"), start=1):
        buy(ledger, 9032, nth, f"{day} 21:30", "p05", percent=20, discount_code="DEAL20")


@story("c9033 .. c9038", "left-censored: what they bought in 2023 is not in the data")
def migrated(ledger: Ledger) -> None:
    """Accounts from 2023, taken over from the old shop system without their orders."""
    for number in range(9033, 9039):
        month = 10 + number % 3
        person(
            ledger,
            number,
            f"2023-{month}-{number % 28 + 1:02d} 10:00",
            _loaded_at=next_load(moment("2024-01-01 03:00")),
        )
        buy(ledger, number, 1, f"2024-01-{number % 28 + 1:02d} 11:00", "p01")
        if number % 2:
            buy(ledger, number, 2, f"2024-02-{number % 28 + 1:02d} 11:00", "p01")


@story("c9039", "created after as_of: not a customer yet")
def signs_up_after_as_of(ledger: Ledger) -> None:
    """An account of 2026-07-02; history ends at 2026-07-01 00:00."""
    person(ledger, 9039, "2026-07-02 09:00")
