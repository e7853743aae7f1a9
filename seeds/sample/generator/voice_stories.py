"""Stories of surveys, tickets and campaigns."""

from datetime import timedelta

from generator.campaigns import enrol
from generator.ledger import Ledger, moment
from generator.stories import voice_story
from generator.voice import ask, open_ticket

HOUR = timedelta(hours=1)


@voice_story(
    "v9001, v9002 of c0001",
    "quarter 2025-04: one answer, 10 (the latest); months 2025-05 and 2025-06: one each",
)
def answers_twice(ledger: Ledger) -> None:
    """Gives a 2 in May and a 10 in June."""
    ask(ledger, "v9001", "c0001", "nps", moment("2025-05-05 09:00"), moment("2025-05-06 19:00"), "2",
        comment="Two bags arrived torn.")  # fmt: skip
    ask(ledger, "v9002", "c0001", "nps", moment("2025-06-09 09:00"), moment("2025-06-10 07:30"),
        "10", comment="Thank you for the quick replacement!")  # fmt: skip


@voice_story("v9003 of c0002, v9004 of c0003, v9005 of c0004", "invalid: counted, in no score")
def invalid_scores(ledger: Ledger) -> None:
    """An 11, an answer without a number, and a 7.5."""
    for number, customer_id, score in ((3, "c0002", "11"), (4, "c0003", ""), (5, "c0004", "7.5")):
        sent = moment("2025-06-11 09:00")
        ask(ledger, f"v900{number}", customer_id, "nps", sent, sent + 30 * HOUR, score)


@voice_story(
    "v9006 of c9001, v9007 of c9002",
    "one customer (same e-mail address), one answer in 2025-08: the 9 of the 20th",
)
def one_person_two_answers(ledger: Ledger) -> None:
    """Answers under both accounts."""
    ask(ledger, "v9006", "c9001", "nps", None, moment("2025-08-12 18:00"), "6")
    ask(ledger, "v9007", "c9002", "nps", None, moment("2025-08-20 18:00"), "9")


@voice_story("v9008 of c9023", "not counted: internal customers are in no mart")
def colleague_answers(ledger: Ledger) -> None:
    """A colleague gives a 10."""
    ask(ledger, "v9008", "c9023", "nps", None, moment("2025-08-21 12:00"), "10")


@voice_story("v9009 of c0005", "sent in 2026-06, not answered yet at as_of 2026-07-01")
def answers_after_the_end(ledger: Ledger) -> None:
    """Asked on 28 June 2026, answered on 2 July."""
    ask(ledger, "v9009", "c0005", "nps", moment("2026-06-28 09:00"), moment("2026-07-02 09:00"),
        "9")  # fmt: skip


@voice_story("v9010 of c0080 in two versions", "one survey, answered: the newer version")
def asked_then_answered(ledger: Ledger) -> None:
    """Loaded when it was sent and again when it was answered."""
    sent = moment("2026-02-02 09:00")
    row = ask(ledger, "v9010", "c0080", "nps", sent, None)
    answered = {"score": "8", "responded_at": "2026-02-04 20:15:00"}
    ledger.new_version(row, "survey_responses", moment("2026-02-04 20:15"), **answered)


@voice_story(
    "t9001 of c0001",
    "complaint of 2025-05, acknowledged in 2 hours, resolved, bought again in 90 days",
)
def complaint_resolved(ledger: Ledger) -> None:
    """Torn bags; answered the same morning, a new parcel the next day."""
    start = moment("2025-05-05 20:00")
    open_ticket(ledger, "t9001", "c0001", start, start + 2 * HOUR, start + 26 * HOUR,
                category="quality", is_complaint="true", priority="high", csat_score="5")  # fmt: skip


@voice_story("t9002 of c0010", "complaint of 2024-01, not acknowledged, unresolved: never returned")
def complaint_ignored(ledger: Ledger) -> None:
    """The first parcel never came, and nobody ever answered."""
    open_ticket(ledger, "t9002", "c0010", moment("2024-01-20 19:54"), category="delivery",
                is_complaint="true", priority="high")  # fmt: skip


@voice_story(
    "t9003 of c0021",
    "complaint of 2024-03, outcome reopened though resolved in the end; never returned",
)
def complaint_reopened(ledger: Ledger) -> None:
    """Said to be solved twice, opened again twice."""
    start = moment("2024-03-25 08:00")
    open_ticket(ledger, "t9003", "c0021", start, start + 30 * HOUR, start + 400 * HOUR, 2,
                category="billing", is_complaint="true", csat_score="1")  # fmt: skip


@voice_story("t9004 of c0042", "a ticket and no complaint")
def question(ledger: Ledger) -> None:
    """Asks which grinder goes with the French press."""
    start = moment("2025-02-03 10:00")
    open_ticket(ledger, "t9004", "c0042", start, start + HOUR, start + 3 * HOUR,
                category="product_advice", priority="low")  # fmt: skip


@voice_story("t9005 of c0049", "unresolved at as_of 2026-07-01: both are later")
def complaint_solved_after_the_end(ledger: Ledger) -> None:
    """Complains on 30 June 2026 at 23:00; answered and solved in July."""
    start = moment("2026-06-30 23:00")
    open_ticket(ledger, "t9005", "c0049", start, start + 5 * HOUR, start + 20 * HOUR,
                category="delivery", is_complaint="true")  # fmt: skip


@voice_story(
    "c0068 in k01, k10, k12, k14, k16",
    "5 clicks at 20:12 UTC: best_send_hour 20; on 2026-01-09 four e-mails in 7 days: over the cap",
)
def reads_in_the_evening(ledger: Ledger) -> None:
    """An old customer in the welcome series by mistake, who clicks on everything after supper."""
    sent = (
        ("k01", "2025-03-03"),
        ("k10", "2026-01-03"),
        ("k12", "2026-01-05"),
        ("k14", "2026-01-07"),
        ("k16", "2026-01-09"),
    )
    for campaign_id, day in sent:
        at = moment(f"{day} 07:00")
        read = {"opened_at": at + 13 * HOUR, "clicked_at": at + 13.2 * HOUR}
        enrol(ledger, campaign_id, "c0068", at, went={"sent_at": at, "delivered_at": at} | read)


@voice_story(
    "c9001 and c9002 in k02",
    "one person in both arms: in neither, counted in conflicting_customers",
)
def one_person_in_both_arms(ledger: Ledger) -> None:
    """One account is held out, the other one of the same person gets the e-mail."""
    at = moment("2025-05-12 08:00")
    enrol(ledger, "k02", "c9001", at, is_holdout=True)
    enrol(ledger, "k02", "c9002", at, went={"sent_at": at + HOUR, "delivered_at": at + HOUR})


@voice_story("c0048 in k01", "unsubscribed: no next_due_date")
def unsubscribes(ledger: Ledger) -> None:
    """Has enough e-mails."""
    at = moment("2025-03-03 08:00")
    went = {"sent_at": at + HOUR, "delivered_at": at + HOUR, "opened_at": at + 2 * HOUR}
    enrol(ledger, "k01", "c0048", at, went=went | {"unsubscribed_at": at + 2.1 * HOUR})


@voice_story("c9091 in k02", "a customer that only a campaign knows (signal_only); no order")
def known_from_a_campaign_only(ledger: Ledger) -> None:
    """A bought address: in no customers table, never ordered; the e-mail bounced."""
    at = moment("2025-05-12 08:00")
    went = {"sent_at": at + HOUR, "bounced_at": at + HOUR}
    enrol(ledger, "k02", "c9091", at, went=went)
