"""What a story is, and the words the stories are written in.

A story is a function that writes the rows of its few customers, c9001 and up; its docstring says
what happened, `shown_by` which rows show it, `rule` what a right pipeline makes of it. README.md's
table is written from these.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from generator.ledger import Ledger, Order, Row, basket, moment, next_load, stamp
from generator.subscriptions import Club

StoryFunction = Callable[[Ledger], None]
ClubStoryFunction = Callable[[Club], None]


@dataclass(frozen=True, slots=True)
class Story:
    """One trap or habit, with the rows that show it."""

    what: str
    shown_by: str
    rule: str
    write: Callable[..., None]


STORIES: list[Story] = []  # of the shop
CLUB_STORIES: list[Story] = []  # of the coffee club
VOICE_STORIES: list[Story] = []  # of surveys, tickets and campaigns
LOYALTY_STORIES: list[Story] = []  # of loyalty, referrals and marketing spend
ACTIVITY_STORIES: list[Story] = []  # of events, visits and business accounts
CONSENT_STORIES: list[Story] = []  # of consent, erasure and preferences


def story(shown_by: str, rule: str) -> Callable[[StoryFunction], StoryFunction]:
    """Register a story; stories are written in the order in which they stand in the files."""

    def register(function: StoryFunction) -> StoryFunction:
        STORIES.append(Story(told(function), shown_by, rule, function))
        return function

    return register


def club_story(shown_by: str, rule: str) -> Callable[[ClubStoryFunction], ClubStoryFunction]:
    """Register a story of subscriptions."""

    def register(function: ClubStoryFunction) -> ClubStoryFunction:
        CLUB_STORIES.append(Story(told(function), shown_by, rule, function))
        return function

    return register


def voice_story(shown_by: str, rule: str) -> Callable[[StoryFunction], StoryFunction]:
    """Register a story of surveys, tickets or campaigns."""

    def register(function: StoryFunction) -> StoryFunction:
        VOICE_STORIES.append(Story(told(function), shown_by, rule, function))
        return function

    return register


def loyalty_story(shown_by: str, rule: str) -> Callable[[StoryFunction], StoryFunction]:
    """Register a story of loyalty, referrals or marketing spend."""

    def register(function: StoryFunction) -> StoryFunction:
        LOYALTY_STORIES.append(Story(told(function), shown_by, rule, function))
        return function

    return register


def activity_story(shown_by: str, rule: str) -> Callable[[StoryFunction], StoryFunction]:
    """Register a story of events, visits or business accounts."""

    def register(function: StoryFunction) -> StoryFunction:
        ACTIVITY_STORIES.append(Story(told(function), shown_by, rule, function))
        return function

    return register


def consent_story(shown_by: str, rule: str) -> Callable[[StoryFunction], StoryFunction]:
    """Register a story of consent, erasure or preferences."""

    def register(function: StoryFunction) -> StoryFunction:
        CONSENT_STORIES.append(Story(told(function), shown_by, rule, function))
        return function

    return register


def told(function: Callable[..., None]) -> str:
    """Return what a story's docstring tells, on one line."""
    return " ".join((function.__doc__ or "").split())


def person(ledger: Ledger, number: int, created_at: str, **values: str) -> Row:
    """Write customer c<number>, by default a named person with an e-mail address in Berlin."""
    known = {
        "email": f"story.{number}@example.com",
        "full_name": f"Story {number}",
        "country": "DE",
        "city": "Berlin",
        "language": "de",
        "acquisition_channel": "direct",
    }
    return ledger.customer(f"c{number:04d}", moment(created_at), **(known | values))


def buy(
    ledger: Ledger,
    number: int,
    nth: int,
    at: str,
    items: str = "p01",
    percent: int = 0,
    **values: str,
) -> Order:
    """Write the nth order of customer c<number>."""
    known = {"customer_id": f"c{number:04d}"} | values
    return ledger.order(
        f"o{number:04d}{nth:02d}", moment(at), basket(items), percent=percent, **known
    )


def guest_buys(ledger: Ledger, number: int, nth: int, at: str, email: str, items: str) -> Order:
    """Write an order that nobody was logged in for; the order's id is all that <number> is used
    for."""
    return buy(ledger, number, nth, at, items, customer_id="", email=email)


def identity(ledger: Ledger, number: int, kind: str, value: str, seen_at: str, source: str) -> None:
    """Write that a system saw this identity on customer c<number>; hashes are made from the plain
    value."""
    is_hash = kind.endswith("_hash")
    ledger.add(
        "customer_identities",
        identity_type=kind,
        identity_value=sha256(value.strip().lower().encode()).hexdigest() if is_hash else value,
        customer_id=f"c{number:04d}",
        first_seen_at=stamp(moment(seen_at)),
        source=source,
        _loaded_at=next_load(moment(seen_at)),
    )
