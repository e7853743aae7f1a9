"""What customers allow, and what they tell of themselves.

What is built in (README.md tells it to readers): some are asked at sign-up whether they may be written
to, matched by advertising platforms or profiled; most agree, and one in eight of those takes it back
some months later; a quiz about coffee, taken by one in thirty.
"""

from datetime import datetime, timedelta

from generator.catalogue import AS_OF
from generator.ledger import Ledger, moment, next_load, stamp
from generator.streams import Stream

DAY = timedelta(days=1)
# purpose, asked of so many in a thousand, agreed to by so many in a hundred
ASKED = (
    ("email_marketing", 140, 78),
    ("ads_matching", 170, 74),
    ("sms_marketing", 12, 50),
    ("profiling", 10, 60),
    ("analytics", 10, 80),
)
QUIZ = (
    ("roast", (("dark", 4), ("medium", 5), ("light", 3))),
    ("grind", (("whole_bean", 6), ("filter", 3), ("espresso", 3))),
)


def decide(
    ledger: Ledger, customer_id: str, purpose: str, status: str, at: datetime, source: str
) -> None:
    """Write that a customer granted or withdrew one purpose."""
    ledger.add(
        "consent",
        customer_id=customer_id,
        purpose=purpose,
        status=status,
        occurred_at=stamp(at),
        legal_basis="consent",
        source=source,
        _loaded_at=next_load(at),
    )


def tell(ledger: Ledger, customer_id: str, key: str, value: str, at: datetime, source: str) -> None:
    """Write that a customer told something of themselves."""
    ledger.add(
        "preferences",
        customer_id=customer_id,
        key=key,
        value=value,
        collected_at=stamp(at),
        source=source,
        _loaded_at=next_load(at),
    )


def ask_to_erase(
    ledger: Ledger, request_id: str, customer_id: str, at: datetime, done: datetime | None = None
) -> None:
    """Write a request to be forgotten, and when it was granted."""
    ledger.add(
        "erasure_requests",
        request_id=request_id,
        customer_id=customer_id,
        requested_at=stamp(at),
        completed_at=stamp(done) if done else "",
        _loaded_at=next_load(done or at),
    )


def write_consent(ledger: Ledger) -> None:
    """Write the decisions and the quiz of everybody drawn by chance; stories are left out."""
    for row in list(ledger.tables["customers"]):
        customer_id = row["customer_id"]
        if "c0080" < customer_id < "c9000" and len(customer_id) == 5:
            write_decisions(ledger, customer_id, moment(row["created_at"]))
            write_quiz(ledger, customer_id, moment(row["created_at"]))


def write_decisions(ledger: Ledger, customer_id: str, at: datetime) -> None:
    """Ask at sign-up; some change their minds."""
    for purpose, asked, agreed in ASKED:
        stream = Stream("consent", f"{customer_id}:{purpose}")
        if stream.between(0, 999) >= asked:
            continue
        grants = stream.between(0, 99) < agreed
        decide(ledger, customer_id, purpose, "granted" if grants else "withdrawn", at, "signup")
        later = at + DAY * stream.between(20, 400)
        if grants and stream.between(0, 7) == 0 and later < AS_OF:
            decide(ledger, customer_id, purpose, "withdrawn", later, "settings")


def write_quiz(ledger: Ledger, customer_id: str, at: datetime) -> None:
    """Ask how the coffee should be."""
    stream = Stream("quiz", customer_id)
    if stream.between(0, 29) == 0:
        for key, values in QUIZ:
            tell(ledger, customer_id, key, stream.weighted(values), at + DAY, "quiz")
