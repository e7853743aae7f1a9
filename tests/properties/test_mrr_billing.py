"""Trials, pauses, expiring cards and the cancellation flow, each row recounted."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given

from tests.properties.compare import assert_rows
from tests.properties.harness_mrr import build
from tests.properties.oracle_billing import cards, pauses, sessions, trials
from tests.properties.oracle_mrr import read_book
from tests.properties.oracle_mrr_spans import money
from tests.properties.strategies import Case
from tests.properties.strategies_billing import served

Want = dict[tuple[object, ...], dict[str, object]]


def shown(found: Want) -> Want:
    """Money to four decimals."""
    return {
        key: {
            name: money(value) if isinstance(value, Fraction) else value
            for name, value in row.items()
        }
        for key, row in found.items()
    }


MARTS = ("trials", "subscription_pauses", "expiring_cards", "cancel_flow")


@given(served())
def test_trials_pauses_cards_and_sessions(case: Case) -> None:
    book = read_book(case.rows, case.variables)
    get = build(case.rows, case.variables, MARTS)
    of_number = ["subscription_id", "trial_number"]
    assert_rows(get("trials"), of_number, shown(trials(book)))
    of_number = ["subscription_id", "pause_number"]
    assert_rows(get("subscription_pauses"), of_number, shown(pauses(book)))
    of_card = ["payment_method_id", "currency"]
    assert_rows(get("expiring_cards"), of_card, shown(cards(case.rows, book, 60)))
    assert_rows(get("cancel_flow"), ["session_id"], shown(sessions(case.rows, book)))
