"""The harness of the shops, with surveys, tickets and campaigns beside them."""

from __future__ import annotations

import csv
from collections.abc import Mapping

from tests.properties import harness
from tests.properties.harness import CHECKOUT, Get, Rows

REQUIRED = {
    "survey_responses": ("response_id", "customer_id", "survey_type", "score", "responded_at"),
    "tickets": ("ticket_id", "customer_id", "created_at"),
    "campaigns": ("campaign_id", "channel"),
    "campaign_members": ("campaign_id", "customer_id", "assigned_at", "is_holdout"),
}


def build(rows: Rows, variables: Mapping[str, object], marts: tuple[str, ...] = ()) -> Get:
    """Load the rows with these vars."""
    return harness.build(rows, variables, marts, REQUIRED)


def reference(name: str) -> list[dict[str, str]]:
    """The rows of a reference seed, as text."""
    path = CHECKOUT / "seeds" / "reference" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
