"""What members of the brewing app do: visits, brews, recipes, page views before and without a log-in.

What is built in (README.md tells it to readers): who saves recipes in the first week stays far more
often; changing the theme has nothing to do with staying; guides help a little. Orders of app users on
the web and in the app come from a visit. Strangers look and go. Robots crawl.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from generator.catalogue import AS_OF, HISTORY_START, HOURS
from generator.ledger import Ledger, Row, moment, stamp
from generator.streams import Stream

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
APP_SINCE = moment("2025-11-01 00:00")
LAST_MEMBERS = moment("2026-06-20 00:00")
PAGES = ("page_home", "page_coffee", "page_tea", "page_grinders", "search")
GUIDES = ("guide_pour_over", "guide_espresso")


def short(seconds: int) -> str:
    """Return a whole number in base 36."""
    text = ""
    while seconds:
        seconds, digit = divmod(seconds, 36)
        text = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + text
    return text or "0"


def event(ledger: Ledger, name: str, at: datetime, **values: str) -> Row:
    """Write one event; its id is made from who did it and when."""
    who = values.get("user_id") or values.get("anonymous_id", "")
    since = int((at - HISTORY_START).total_seconds())
    event_id = values.pop("event_id", "") or f"{who}-{short(since)}"
    return ledger.add("events", event_id=event_id, event_name=name, occurred_at=stamp(at), **values)


def visit(ledger: Ledger, at: datetime, names: Sequence[str], key: str, **values: str) -> datetime:
    """Write the events of one visit, some minutes between them; return when it was over."""
    stream = Stream("visit", f"{key}:{stamp(at)}")
    for name in names:
        if at < AS_OF:
            event(ledger, name, at, **values)
        at += MINUTE * stream.between(1, 7) + timedelta(seconds=stream.between(1, 50))
    return at


def members(ledger: Ledger) -> list[tuple[str, datetime]]:
    """Return who installs the app, and when they opened their account: two in nine of the new ones."""
    found = []
    for row in ledger.tables["customers"]:
        customer_id, at = row["customer_id"], moment(row["created_at"])
        is_plain = "c0080" < customer_id < "c9000" and len(customer_id) == 5
        if is_plain and APP_SINCE <= at < LAST_MEMBERS and int(customer_id[1:]) % 9 < 2:
            found.append((customer_id, at))
    return sorted(set(found))


def write_activity(ledger: Ledger) -> None:
    """Write the app's members, the visits of their orders, strangers and robots."""
    orders: dict[str, list[datetime]] = {}
    for row in ledger.tables["orders"]:
        if row["channel"] in ("web", "app") and row["status"] in ("paid", "fulfilled"):
            orders.setdefault(row["customer_id"], []).append(moment(row["ordered_at"]))
    for customer_id, created_at in members(ledger):
        write_member(ledger, customer_id, created_at)
        for at in sorted(set(orders.get(customer_id, ()))):
            if at > created_at + DAY:
                visit(
                    ledger, at - 9 * MINUTE, ("page_coffee", "add_to_cart"), customer_id,
                    user_id=customer_id, platform="web",
                )  # fmt: skip
                event(ledger, "purchase", at, user_id=customer_id, platform="web")
    write_strangers(ledger)
    write_robots(ledger)


def write_member(ledger: Ledger, customer_id: str, created_at: datetime) -> None:
    """Write one member: pages before the sign-up, the first week, then brews for as long as they stay."""
    stream = Stream("member", customer_id)
    device = f"d{customer_id[1:]}"
    if stream.chance(0.4):
        visit(
            ledger, created_at - 2 * DAY, ("page_home", stream.pick(PAGES)), device,
            anonymous_id=device, platform="web",
        )  # fmt: skip
    signup_at = created_at + MINUTE * stream.between(3, 300)
    names = ["signup"] + (["setup_grinder"] if stream.chance(0.65) else [])
    visit(
        ledger, signup_at, names, customer_id,
        user_id=customer_id, anonymous_id=device, platform="web",
    )  # fmt: skip
    saves = stream.weighted(((0, 34), (1, 16), (2, 12), (3, 12), (4, 12), (5, 14)))
    themes = stream.weighted(((0, 45), (1, 30), (2, 25)))
    guides = stream.weighted(((0, 60), (1, 25), (2, 15)))
    stays = stream.chance(0.86 if saves >= 3 else 0.2 + 0.05 * guides)
    write_first_week(ledger, stream, customer_id, signup_at, saves, themes, guides)
    weeks = stream.between(9, 34) if stays else stream.between(0, 3)
    write_habit(ledger, stream, customer_id, signup_at, weeks)


def write_first_week(
    ledger: Ledger,
    stream: Stream,
    customer_id: str,
    signup_at: datetime,
    saves: int,
    themes: int,
    guides: int,
) -> None:
    """Write what a member tries in the first six days, a visit for each kind of thing."""
    values = {"user_id": customer_id, "platform": stream.pick(("ios", "android", "web"))}
    for name, times in (("recipe_saved", saves), ("theme_changed", themes)):
        if times:
            at = stream.moment(signup_at + DAY * stream.between(1, 5), HOURS)
            visit(ledger, at, [name] * times, customer_id, **values)
    for number in range(guides):
        at = stream.moment(signup_at + DAY * stream.between(1, 6), HOURS)
        visit(ledger, at, [GUIDES[number]], customer_id, **values)


def write_habit(
    ledger: Ledger, stream: Stream, customer_id: str, signup_at: datetime, weeks: int
) -> None:
    """Write a visit or so a week: open the app, log a brew."""
    values = {"user_id": customer_id, "platform": stream.pick(("ios", "android"))}
    for week in range(weeks):
        if stream.chance(0.72):
            day = signup_at + DAY * (7 * week + stream.between(1, 7))
            names = ["login", "brew_logged"] + (["brew_logged"] if stream.chance(0.3) else [])
            names += ["recipe_saved"] if stream.chance(0.08) else []
            visit(ledger, stream.moment(day, HOURS), names, customer_id, **values)


def write_strangers(ledger: Ledger) -> None:
    """Write a few visitors a week whom nobody ever identifies; one in four comes twice."""
    for number in range(1, 181):
        stream = Stream("stranger", str(number))
        device = f"x{number:03d}"
        at = stream.moment(APP_SINCE + DAY * stream.between(0, 239), HOURS)
        for again in range(2 if stream.chance(0.25) else 1):
            names = [stream.pick(PAGES) for _ in range(stream.between(1, 2))]
            visit(ledger, at + again * 6 * DAY, names, device, anonymous_id=device, platform="web")


def write_robots(ledger: Ledger) -> None:
    """Write a crawler and the shop's own monitoring, two months of them."""
    for day in range(60):
        at = moment("2026-05-01 02:00") + DAY * day
        event(ledger, "page_home", at, anonymous_id="r001", platform="bot")
        if day % 3 == 0:
            event(ledger, "page_home", at, anonymous_id="r002", channel="monitoring")
