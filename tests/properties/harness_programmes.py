"""The harness of the shops, with loyalty, referrals, marketing spend and subscriptions beside them."""

from __future__ import annotations

from collections.abc import Mapping

from tests.properties import harness
from tests.properties.harness import Get, Rows

REQUIRED = {
    "subscriptions": (
        "subscription_id",
        "subscription_item_id",
        "customer_id",
        "status",
        "currency",
        "unit_amount",
        "quantity",
        "interval_unit",
        "interval_count",
        "valid_from",
    ),
    "invoices": ("invoice_id", "customer_id", "issued_at", "currency", "total", "status"),
    "payment_attempts": ("attempt_id", "invoice_id", "attempted_at", "succeeded"),
    "loyalty_ledger": ("ledger_id", "customer_id", "occurred_at", "entry_type"),
    "loyalty_tiers": ("customer_id", "tier", "valid_from"),
    "marketing_spend": ("spend_date", "channel", "amount", "currency"),
    "fx_rates": ("rate_date", "from_currency", "to_currency", "rate"),
}


def build(rows: Rows, variables: Mapping[str, object], marts: tuple[str, ...] = ()) -> Get:
    """Load the rows with these vars."""
    return harness.build(rows, variables, marts, REQUIRED)
