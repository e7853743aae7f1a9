"""Why the numbers may be believed: checks, tests, policies, freshness.

Room:  tell. Imports blocks, parts, published, tables.
In:    the published file.  Out: three Sections.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from retention_pipeline.reporting.blocks import Listing, Note, Section
from retention_pipeline.reporting.parts import Part, section
from retention_pipeline.reporting.published import ANY_DAY, Missing, Published
from retention_pipeline.reporting.tables import Kind, Row, Rows, Table, columns, day

_CHECKS = columns(
    ("is_ok", "Adds up", Kind.FLAG),
    ("description", "Check", Kind.TEXT),
    ("model", "Model", Kind.CODE),
    ("expected", "Expected", Kind.NUMBER),
    ("actual", "Actual", Kind.NUMBER),
    ("difference", "Difference", Kind.NUMBER),
    ("offenders", "Offenders", Kind.COUNT),
)
_TESTS = columns(
    ("status", "Status", Kind.TEXT),
    ("name", "Test", Kind.CODE),
    ("model", "Model", Kind.CODE),
    ("failures", "Failing rows", Kind.COUNT),
    ("message", "Message", Kind.TEXT),
)
_POLICIES = columns(
    ("switch", "Switch", Kind.CODE),
    ("value", "In force", Kind.CODE),
    ("default_value", "Default", Kind.CODE),
    ("is_default", "As by default", Kind.FLAG),
    ("description", "What it decides", Kind.TEXT),
)
_FRESHNESS = columns(
    ("what", "What", Kind.TEXT),
    ("mart", "Mart", Kind.CODE),
    ("last", "Last day", Kind.DATE),
    ("days_before", "Days before as of", Kind.COUNT),
)
_TABLES = columns(
    ("table_name", "Mart", Kind.CODE),
    ("rows", "Rows", Kind.COUNT),
    ("build_id", "Last changed by build", Kind.CODE),
)
# what, mart, column, the day a row's period ends
_FACTS = (
    ("Orders", "fct_orders", "order_date", "order_date + 1"),
    ("Recurring revenue", "fct_mrr_movements", "occurred_date", "occurred_date + 1"),
    ("Product use", "fct_user_activity_daily", "date", "date + 1"),
    ("Contacts", "contact_calendar", "calendar_date", "calendar_date + 1"),
    ("Cancel flow", "cancel_flow", "started_date", "started_date + 1"),
    ("Failed payments", "dunning", "first_failed_date", "first_failed_date + 1"),
)


def checks_section(data: Published) -> Section:
    return section(
        data,
        "checks",
        (
            "Reconciliation",
            "Do the numbers add up?",
            "Every total recounted another way, and every data test of the build. Marts are published only when "
            "no test of error severity failed; warnings are let through, and listed here.",
        ),
        [Part("recounted totals", "", reconciliation), Part("tests", "", tests)],
    )


def reconciliation(data: Published) -> Sequence[Listing]:
    rows = data.ask("metric_reconciliation", _CHECKS, order="is_ok, check_name", until=ANY_DAY)
    good = sum(bool(row["is_ok"]) for row in rows)
    return [
        Listing(
            "reconciliation",
            "Recounted totals",
            f"{good} of {len(rows)} checks add up."
            + ("" if good == len(rows) else " Those that do not stand first."),
            "metric_reconciliation.expected, actual, difference",
            Table("Reconciliation checks", "metric_reconciliation", _CHECKS, rows),
            folded=True,
            full=True,
        )
    ]


def tests(data: Published) -> Sequence[Any]:
    counts = data.ask("test_results", ["status", "kind"], until=ANY_DAY)
    total = len(counts)
    bad = data.rows(
        "select * from marts.test_results where status not in ('ok', 'pass') order by status, name"
    )
    if not bad:
        return [Note(f"All {total:,} data and unit tests of the build passed, without a warning.")]
    return [
        Listing(
            "test-warnings",
            "Tests that did not pass",
            f"{len(bad)} of {total:,} tests warn.",
            "test_results.status, failures",
            Table("Tests that did not pass", "test_results", _TESTS, bad),
            full=True,
        )
    ]


def policies_section(data: Published) -> Section:
    return section(
        data,
        "policies",
        (
            "Policies",
            "Which rules made these numbers?",
            "Switches that decide what counts as revenue, churn or a cohort: the usual reason why two tools "
            "disagree.",
        ),
        [Part("policies", "", policies)],
    )


def policies(data: Published) -> Sequence[Listing]:
    rows = data.ask("metric_policies", _POLICIES, order="is_default, switch", until=ANY_DAY)
    changed = [row["switch"] for row in rows if not row["is_default"]]
    reading = f"{len(rows)} switches, all as by default."
    if changed:
        reading = (
            f"{len(changed)} of {len(rows)} switches differ from the default: {', '.join(changed)}."
        )
    return [
        Listing(
            "policies",
            "Switches in force",
            reading,
            "metric_policies.value, is_default",
            Table("Policies in force", "metric_policies", _POLICIES, rows),
            folded=True,
            full=True,
        )
    ]


def freshness_section(data: Published) -> Section:
    return section(
        data,
        "freshness",
        (
            "Data freshness",
            "How new is what we see?",
            "The last day on which each kind of fact was seen, and the tables that were read.",
        ),
        [Part("last facts", "", last_days), Part("tables", "", published_tables)],
    )


def last_days(data: Published) -> Sequence[Listing]:
    rows: list[Row] = []
    for what, mart, column, until in _FACTS:
        last = data.one(mart, column, f"max({column})", until)
        if last is not None:
            when = last.date() if isinstance(last, datetime) else last
            rows.append(_age(what, mart, when, data.as_of))
    if not rows:
        raise Missing("fct_orders", "has no rows")
    rows.sort(key=lambda row: -int(row["days_before"]))
    return [
        Listing(
            "freshness",
            f"Last facts before {day(data.as_of)}",
            f"The oldest of them is {rows[0]['what'].lower()}: {rows[0]['days_before']:,} days before as of.",
            ", ".join(f"{row['mart']}.{_column(row['mart'])}" for row in rows),
            Table("Last day with data", "several", _FRESHNESS, rows),
        )
    ]


def _column(mart: str) -> str:
    return next(column for _, name, column, _ in _FACTS if name == mart)


def _age(what: str, mart: str, last: date, as_of: date) -> Row:
    return {"what": what, "mart": mart, "last": last, "days_before": (as_of - last).days}


def published_tables(data: Published) -> Sequence[Listing]:
    rows: Rows = data.ask("published_tables", _TABLES, order="table_name", until=ANY_DAY)
    rows = [{**row, "build_id": str(row["build_id"])[:8]} for row in rows]
    return [
        Listing(
            "tables",
            "Tables of the file",
            f"{len(rows)} tables, {sum(row['rows'] for row in rows):,} rows; "
            f"{sum(1 for row in rows if not row['rows'])} of them empty.",
            "published_tables.rows, build_id",
            Table("Published tables", "published_tables", _TABLES, rows),
            folded=True,
        )
    ]
