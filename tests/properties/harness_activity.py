"""The harness of the shops, with events, visits and business accounts beside them."""

from __future__ import annotations

from collections.abc import Mapping

from tests.properties import harness, harness_mrr
from tests.properties.harness import Get, Rows

REQUIRED = {
    **harness_mrr.REQUIRED,
    "events": ("event_id", "user_id", "anonymous_id", "event_name", "occurred_at"),
    "sessions": ("session_id", "user_id", "anonymous_id", "started_at"),
    "accounts": ("account_id",),
    "account_users": ("account_id", "user_id"),
}


def build(rows: Rows, variables: Mapping[str, object], marts: tuple[str, ...] = ()) -> Get:
    """Load the rows with these vars."""
    return harness.build(rows, variables, marts, REQUIRED)
