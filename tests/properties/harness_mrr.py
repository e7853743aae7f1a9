"""The harness of the shops, with the subscription tables beside them."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence

from tests.properties import harness
from tests.properties.harness import Get

KEPT = 60  # compiled projects; each takes some megabytes
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
    "subscription_events": (
        "event_id",
        "subscription_item_id",
        "customer_id",
        "occurred_at",
        "event_type",
    ),
    "invoices": ("invoice_id", "customer_id", "issued_at", "currency", "total", "status"),
    "payment_methods": ("payment_method_id", "customer_id"),
    "cancel_flow_sessions": (
        "session_id",
        "subscription_id",
        "customer_id",
        "started_at",
        "outcome",
    ),
    "payment_attempts": ("attempt_id", "invoice_id", "attempted_at", "succeeded"),
    "fx_rates": ("rate_date", "from_currency", "to_currency", "rate"),
}


Rows = Mapping[str, Sequence[Mapping[str, object]]]


def build(rows: Rows, variables: Mapping[str, object]) -> Get:
    """Load the rows with these vars; the tables of this half leave no files behind."""
    return build_with(REQUIRED, rows, variables)


def build_with(
    tables: Mapping[str, Sequence[str]], rows: Rows, variables: Mapping[str, object]
) -> Get:
    """The same for other tables beside those of the shop, with the columns that they must have."""
    if harness.compiled.cache_info().currsize > KEPT:
        harness.compiled.cache_clear()
    folder = harness.folder()
    written = []
    try:
        for table, required in tables.items():
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
