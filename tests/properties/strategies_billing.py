"""Random cards, invoices and cancellation flows for the businesses of strategies_mrr."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st

from tests.properties.oracle_calendar import moment, to_utc
from tests.properties.strategies import Case
from tests.properties.strategies_mrr import businesses, instants


@st.composite
def served(draw: st.DrawFn) -> Case:
    """A business whose customers have cards, are billed, and think of leaving."""
    case = draw(businesses())
    as_of = moment(case.variables["as_of"])
    assert as_of is not None
    cut = to_utc(as_of, str(case.variables["reporting_timezone"]))
    states = case.rows["subscriptions"]
    names = sorted({str(row["customer_id"]) for row in states})
    owners = {str(row["subscription_id"]): row for row in states}
    case.rows["payment_methods"] = [
        {
            "payment_method_id": f"p{number}",
            "customer_id": draw(st.sampled_from(names)),
            "exp_year": as_of.year + draw(st.sampled_from((0, 0, 0, -1, 1))),
            "exp_month": draw(st.sampled_from((*range(1, 13), as_of.month, as_of.month, None))),
            "is_default": draw(st.sampled_from((True, True, None, False))),
            "last4": "4242",
        }
        for number in range(draw(st.integers(0, 5)))
    ]
    case.rows["invoices"] = [
        {
            "invoice_id": f"i{number}",
            "customer_id": row["customer_id"],
            "subscription_id": name,
            "issued_at": (issued := draw(instants(cut))),
            "period_start": issued,
            "period_end": draw(st.sampled_from((issued, cut)))
            + timedelta(days=draw(st.integers(0, 80))),
            "currency": row["currency"],
            "total": "10",
            "status": draw(st.sampled_from(("paid", "open", "void"))),
        }
        for number, (name, row) in enumerate(owners.items())
        for _ in range(draw(st.integers(0, 1)))
    ]
    case.rows["cancel_flow_sessions"] = [
        {
            "session_id": f"f{number}",
            "subscription_id": (name := draw(st.sampled_from(sorted(owners)))),
            "customer_id": owners[name]["customer_id"],
            "started_at": (began := draw(instants(cut))),
            "outcome": draw(st.sampled_from(("saved", "saved", "cancelled", "abandoned"))),
            "completed_at": draw(st.sampled_from((None, began, began + timedelta(minutes=5)))),
            "reason_code": draw(st.sampled_from(("price", None))),
            "offer_type": draw(st.sampled_from(("pause", "none", None))),
        }
        for number in range(draw(st.integers(0, 5)))
    ]
    return case
