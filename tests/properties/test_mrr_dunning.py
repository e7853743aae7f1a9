"""What became of every invoice whose payment failed."""

from __future__ import annotations

from hypothesis import given

from tests.properties.compare import assert_rows
from tests.properties.harness_mrr import build
from tests.properties.oracle_dunning import dunned
from tests.properties.strategies import Case
from tests.properties.strategies_dunning import billings


@given(billings())
def test_every_failed_invoice_has_its_outcome(case: Case) -> None:
    assert_rows(
        build(case.rows, case.variables)("dunning"),
        ["invoice_id"],
        {
            (invoice.invoice_id,): {
                "first_failed_at": invoice.first_failed_at,
                "attempts": invoice.attempts,
                "outcome": invoice.outcome,
                "recovered_by": invoice.recovered_by,
                "days_to_recover": invoice.days_to_recover,
            }
            for invoice in dunned(case.rows, case.variables)
        },
    )
