"""The harness of the shops, with loyalty, referrals, marketing spend and subscriptions beside them."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence

from tests.properties import harness
from tests.properties.harness import Get

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


def build(
    rows: Mapping[str, Sequence[Mapping[str, object]]], variables: Mapping[str, object]
) -> Get:
    """Load the rows with these vars; these tables leave no files behind."""
    folder = harness.folder()
    written = []
    try:
        for table, required in REQUIRED.items():
            found = rows.get(table, ())
            if not found:
                continue
            columns = list(dict.fromkeys([*required, *(name for row in found for name in row)]))
            written.append(folder / f"{table}.csv")
            with written[-1].open("w", newline="") as file:
                writer = csv.DictWriter(file, columns, restval="")
                writer.writeheader()
                writer.writerows(found)
        return harness.build(rows, variables)
    finally:
        for path in written:
            path.unlink()
