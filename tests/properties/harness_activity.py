"""The harness of the shops, with events, visits and business accounts beside them."""

from __future__ import annotations

from collections.abc import Mapping

from tests.properties import harness_mrr
from tests.properties.harness import Get
from tests.properties.harness_mrr import Rows, build_with

REQUIRED = {
    **harness_mrr.REQUIRED,
    "events": ("event_id", "user_id", "anonymous_id", "event_name", "occurred_at"),
    "sessions": ("session_id", "user_id", "anonymous_id", "started_at"),
    "accounts": ("account_id",),
    "account_users": ("account_id", "user_id"),
}


def build(rows: Rows, variables: Mapping[str, object]) -> Get:
    """Load the rows with these vars."""
    return build_with(REQUIRED, rows, variables)
