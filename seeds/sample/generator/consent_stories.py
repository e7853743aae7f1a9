"""Stories of consent, erasure and preferences."""

from generator.consent import ask_to_erase, decide, tell
from generator.ledger import Ledger, moment
from generator.stories import consent_story


@consent_story("ads_matching of c0001", "withdrawn: in no export, though the address is known")
def withdraws(ledger: Ledger) -> None:
    """Agrees to be matched at sign-up and takes it back a year later."""
    decide(ledger, "c0001", "ads_matching", "granted", moment("2024-01-16 21:46"), "signup")
    decide(ledger, "c0001", "ads_matching", "withdrawn", moment("2025-02-01 08:00"), "settings")


@consent_story("ads_matching of c0002", "granted, 2 decisions; exported once")
def grants_twice(ledger: Ledger) -> None:
    """Agrees at sign-up and, asked again, once more."""
    decide(ledger, "c0002", "ads_matching", "granted", moment("2024-01-08 14:05"), "signup")
    decide(ledger, "c0002", "ads_matching", "granted", moment("2025-09-09 09:09"), "app")


@consent_story(
    "ads_matching of c9001 and c9002", "one person who withdrew: neither address is exported"
)
def withdraws_on_the_other_account(ledger: Ledger) -> None:
    """Agrees on one account, takes it back on the other one."""
    decide(ledger, "c9001", "ads_matching", "granted", moment("2024-02-03 09:00"), "signup")
    decide(ledger, "c9002", "ads_matching", "withdrawn", moment("2024-08-19 20:00"), "signup")


@consent_story("ads_matching of c0003", "no consent: granted after as_of")
def grants_too_late(ledger: Ledger) -> None:
    """Agrees on the 1st of July 2026."""
    decide(ledger, "c0003", "ads_matching", "granted", moment("2026-07-01 10:00"), "app")


@consent_story("email_marketing of c9095", "a prospect, known from this alone (signal_only)")
def newsletter_only(ledger: Ledger) -> None:
    """Subscribes to the newsletter; no account, no order."""
    decide(ledger, "c9095", "email_marketing", "granted", moment("2026-03-03 18:00"), "footer")


@consent_story(
    "q9001 of c0772b, which is c0772 too",
    "one surrogate for both ids; MRR and orders stay; no trace of either id, name or address",
)
def erased_by_request(ledger: Ledger) -> None:
    """A club member with two accounts asks, from the second one, to be forgotten; granted after six days."""
    decide(ledger, "c0772b", "ads_matching", "granted", moment("2025-05-22 19:45"), "signup")
    tell(ledger, "c0772", "roast", "dark", moment("2025-05-23 09:00"), "quiz")
    ask_to_erase(ledger, "q9001", "c0772b", moment("2026-06-02 10:00"), moment("2026-06-08 16:00"))


@consent_story("q9002 of c0456", "still a customer, but in no export while it is looked at")
def asks_to_be_erased(ledger: Ledger) -> None:
    """Agrees to be matched, then asks to be forgotten; who asks is not verified yet."""
    decide(ledger, "c0456", "ads_matching", "granted", moment("2024-12-01 08:00"), "signup")
    ask_to_erase(ledger, "q9002", "c0456", moment("2026-06-21 08:00"))


@consent_story("roast of c0001", "light; the grind stays whole_bean")
def changes_taste(ledger: Ledger) -> None:
    """Dark roast in the first quiz, light roast two years later."""
    tell(ledger, "c0001", "roast", "dark", moment("2024-01-20 12:00"), "quiz")
    tell(ledger, "c0001", "grind", "whole_bean", moment("2024-01-20 12:00"), "quiz")
    tell(ledger, "c0001", "roast", "light", moment("2026-02-02 12:00"), "profile")
