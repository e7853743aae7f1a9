"""Every question of docs/questions.md has a model and columns that are there."""

from __future__ import annotations

import re

import pytest

from tests.architecture.test_models import by_name
from tests.conftest import CHECKOUT

PAGE = (CHECKOUT / "docs/questions.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("|") and not re.match(r"\|\s*(Question\b|-)", line)
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:50])
def test_a_question_is_answered(row: list[str]) -> None:
    _, model, columns = row
    assert model in by_name(), f"there is no model {model}"
    there = {column.name for column in by_name()[model].model.columns}
    assert {column.strip() for column in columns.split(",")} <= there


def test_the_page_asks_all_of_it() -> None:
    assert len(ROWS) >= 70
    asked = {row[1] for row in ROWS}
    layers = {name: model.model.path.parts for name, model in by_name().items()}
    marts = {
        name for name, parts in layers.items() if parts[1] == "marts" and parts[2] not in ("audit",)
    }
    not_asked = marts - asked
    # facts, calendars and breakdowns of marts that are named
    assert not_asked <= {
        "cohort_retention_bracket",
        "cohort_revenue",
        "customer_lifecycle",
        "engagement_active_days",
        "fct_mrr_customer_month",
        "fct_mrr_movements",
        "fct_orders",
        "fct_user_activity_daily",
        "first_product_retention",
        "mrr_cohorts",
        "metric_policy_diff_customers",
        "mrr_daily",
        "rfm_migration",
        "trials",
        "util_periods",
    }
