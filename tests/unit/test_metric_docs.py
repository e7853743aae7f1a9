"""Metric definitions out of Markdown."""

from __future__ import annotations

from pathlib import Path

from retention_pipeline.metric_docs import read_metric_docs

CHECKOUT = Path(__file__).resolve().parents[2]
TEXT = """\
## Retention

Something about all.

### cohorts

Who comes back?
Grain: a month.

- a list

| column | meaning | formula |
|---|---|---|
| `a`, `b` | two at once | `x \\| y` |
| `c` | one | |

| switch | values |
|---|---|
| `d` | no column |

### nothing

Only words.
"""


def test_sections_tables_and_cells() -> None:
    found = read_metric_docs([TEXT])
    assert list(found) == ["cohorts"]
    assert found["cohorts"].intro == "Who comes back? Grain: a month."
    assert found["cohorts"].columns == {
        "a": [("meaning", "two at once"), ("formula", "`x | y`")],
        "b": [("meaning", "two at once"), ("formula", "`x | y`")],
        "c": [("meaning", "one")],
    }


def test_every_definition_of_this_project_is_found() -> None:
    files = [CHECKOUT / "docs/metrics.md", *(CHECKOUT / "docs/metrics").glob("*.md")]
    found = read_metric_docs(f.read_text(encoding="utf-8") for f in files)
    marts = {path.stem for path in (CHECKOUT / "models/marts").rglob("*.sql")}
    missing = marts - found.keys() - {"metric_policies", "util_periods", "metric_reconciliation"}
    assert missing <= {
        "audience_export",
        "audience_sizes",
        "fct_user_activity_daily",
        "segment_members",
    }
    assert found["revenue_retention"].columns["nrr"][1] == (
        "formula",
        "`remaining_mrr / opening_mrr`",
    )
