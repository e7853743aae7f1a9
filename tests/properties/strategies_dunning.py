"""Random invoices: attempts that fail and succeed, at the seconds around as_of too."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st

from tests.properties.oracle_calendar import moment, to_utc
from tests.properties.strategies import Case
from tests.properties.strategies_mrr import CUT_OFFS, instants


@st.composite
def billings(draw: st.DrawFn) -> Case:
    """1-6 invoices with 0-4 attempts each; closed late, early or never."""
    as_of, zone = draw(st.sampled_from(CUT_OFFS))
    local = moment(as_of)
    assert local is not None
    cut = to_utc(local, zone)
    invoices: list[dict[str, object]] = []
    attempts: list[dict[str, object]] = []
    for number in range(draw(st.integers(1, 6))):
        issued = draw(instants(cut))
        at = issued
        succeeded = False
        count = draw(st.integers(0, 4))
        for attempt in range(count):
            at += timedelta(hours=draw(st.sampled_from((1, 24, 36, 120))))
            succeeded = draw(st.booleans()) and attempt == count - 1
            attempts.append(
                {
                    "attempt_id": f"a{number}{attempt}",
                    "invoice_id": f"i{number}",
                    "customer_id": f"c{number % 3}",
                    "attempt_number": attempt + 1,
                    "attempted_at": at,
                    "amount": 30,
                    "currency": "USD",
                    "succeeded": succeeded,
                    "trigger": draw(st.sampled_from(("retry", "card_update", "manual")))
                    if attempt
                    else "schedule",
                }
            )
        status = "paid" if succeeded else draw(st.sampled_from(("open", "uncollectible", "void")))
        wait = timedelta(days=draw(st.integers(1, 9)))
        closed = None if status == "open" else at if succeeded else at + wait
        invoices.append(
            {
                "invoice_id": f"i{number}",
                "customer_id": f"c{number % 3}",
                "issued_at": issued,
                "currency": "USD",
                "total": draw(st.sampled_from((30, 50, 100))),
                "status": status,
                "closed_at": closed,
            }
        )
    rows = {"invoices": invoices, "payment_attempts": attempts}
    return Case(rows, {"as_of": as_of, "reporting_timezone": zone, "reporting_currency": "USD"})
