"""The harness of the shops, with surveys, tickets and campaigns beside them."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence

from tests.properties import harness
from tests.properties.harness import CHECKOUT, Get

REQUIRED = {
    "survey_responses": ("response_id", "customer_id", "survey_type", "score", "responded_at"),
    "tickets": ("ticket_id", "customer_id", "created_at"),
    "campaigns": ("campaign_id", "channel"),
    "campaign_members": ("campaign_id", "customer_id", "assigned_at", "is_holdout"),
}


def build(
    rows: Mapping[str, Sequence[Mapping[str, object]]], variables: Mapping[str, object]
) -> Get:
    """Load the rows with these vars; the tables of this half leave no files behind."""
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


def reference(name: str) -> list[dict[str, str]]:
    """The rows of a reference seed, as text."""
    path = CHECKOUT / "seeds" / "reference" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
