"""Surveys, tickets and campaigns of the sample shop: their contract and what is built in."""

from __future__ import annotations

import csv
import importlib
import re
import sys
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "seeds" / "sample"
KEYS = {
    "survey_responses": ("response_id",),
    "tickets": ("ticket_id",),
    "campaigns": ("campaign_id",),
    "campaign_members": ("campaign_id", "customer_id"),
}
CONTRACTS = {
    "survey_responses": "voice",
    "tickets": "voice",
    "campaigns": "campaigns",
    "campaign_members": "campaigns",
}
AS_OF = "2026-07-01 00:00:00"
PATTERNS = {
    "timestamp": r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d",
    "boolean": r"true|false",
    "integer": r"\d+",
    "decimal": r"\d+(\.\d{1,4})?",
    "varchar": r"(?s).+",
}

Row = dict[str, str]
Tables = dict[str, list[Row]]


def read(table: str) -> list[Row]:
    with (SAMPLE / f"raw_{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def rows() -> Tables:
    return {table: read(table) for table in (*KEYS, "customers", "orders")}


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    """The generator's last module, which imports all others."""
    sys.path.insert(0, str(SAMPLE))
    try:
        return importlib.import_module("generator.files")
    finally:
        sys.path.remove(str(SAMPLE))


def contract(table: str) -> dict[str, dict[str, Any]]:
    """Column -> its entry in models/raw."""
    path = ROOT / "models" / "raw" / f"{CONTRACTS[table]}.yml"
    tables = yaml.safe_load(path.read_text(encoding="utf-8"))["sources"][0]["tables"]
    (found,) = (x for x in tables if x["name"] == table)
    return {column["name"]: column for column in found["columns"]}


# -- files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", KEYS)
def test_columns_types_and_values_are_those_of_the_contract(table: str, rows: Tables) -> None:
    columns = contract(table)
    types = {name: column["data_type"] for name, column in columns.items()}
    seed = yaml.safe_load((SAMPLE / f"raw_{table}.yml").read_text(encoding="utf-8"))["seeds"][0]
    assert "synthetic" in seed["description"].lower()
    assert list(rows[table][0]) == list(types)
    assert list(seed["config"]["column_types"].items()) == list(types.items())
    for row in rows[table]:
        for name, column in columns.items():
            meta = column.get("config", {}).get("meta", {})
            pattern = PATTERNS[column["data_type"].partition("(")[0]]
            assert not row[name] or re.fullmatch(pattern, row[name]), (name, row)
            assert row[name] or not meta.get("required"), (name, row)
            assert row[name] in ("", *meta.get("accepted_values", [row[name]])), (name, row)


def test_one_survey_has_an_older_version(rows: Tables) -> None:
    for table, key in KEYS.items():
        counted = Counter(tuple(row[column] for column in key) for row in rows[table])
        several = {found for found, count in counted.items() if count > 1}
        assert several == ({("v9010",)} if table == "survey_responses" else set())


def test_counts_and_stories_of_the_readme(rows: Tables, generator: ModuleType) -> None:
    readme = (SAMPLE / "README.md").read_text(encoding="utf-8")
    for table in KEYS:
        row = re.search(rf"^\| raw_{table}\.csv \|.*\| ([\d,]+) \|$", readme, re.MULTILINE)
        assert row is not None, table
        assert int(row[1].replace(",", "")) == len(rows[table]), table
    table = readme.split("<!-- voice stories: begin")[1].split("<!-- voice stories: end")[0]
    for story in generator.VOICE_STORIES:
        assert f"| {story.what} | {story.shown_by} | {story.rule} |" in table
    known = {row["customer_id"] for found in rows.values() for row in found if "customer_id" in row}
    known |= {row[KEYS[name][0]] for name in KEYS for row in rows[name]}
    named = set(re.findall(r"\b[vtc]\d{4}\b|\bk\d\d\b", table))
    assert named <= known
    written = {row["response_id"] for row in rows["survey_responses"]}
    assert {name for name in written if name.startswith("v9")} <= named


# -- what is in them ------------------------------------------------------------------------------


def test_every_moment_is_in_its_order(rows: Tables) -> None:
    def in_order(row: Row, *columns: str) -> bool:
        known = [row[column] for column in columns if row[column]]
        return known == sorted(known)

    assert all(in_order(x, "sent_at", "responded_at") for x in rows["survey_responses"])
    assert all(
        in_order(x, "created_at", "first_response_at", "resolved_at") for x in rows["tickets"]
    )
    for row in rows["campaign_members"]:
        assert in_order(row, "assigned_at", "sent_at", "delivered_at", "opened_at", "clicked_at"), (
            row
        )
        assert row["assigned_at"] < AS_OF
        assert row["is_holdout"] == "false" or not row["sent_at"], row


def converted(rows: Tables, campaign: str, days: int) -> dict[str, tuple[int, int]]:
    """Arm -> customers, and customers with an order in the window, counted from the files."""
    orders: dict[str, list[datetime]] = {}
    for row in rows["orders"]:
        if row["status"] in ("paid", "fulfilled", "partially_refunded"):
            at = datetime.fromisoformat(row["ordered_at"])
            orders.setdefault(row["customer_id"], []).append(at)
    found: dict[str, tuple[int, int]] = {}
    for row in rows["campaign_members"]:
        if row["campaign_id"] == campaign:
            start = datetime.fromisoformat(row["assigned_at"])
            end = start + timedelta(days=days)
            buys = any(start <= at < end for at in orders.get(row["customer_id"], []))
            size, bought = found.get(row["is_holdout"], (0, 0))
            found[row["is_holdout"]] = (size + 1, bought + buys)
    return found


def test_one_campaign_has_an_effect_and_one_has_none(rows: Tables) -> None:
    """Shares of the two arms: far apart in k01, close in k02; both as planned, one in five held."""
    for campaign, least, most in (("k01", 0.1, 1.0), ("k02", -0.06, 0.06)):
        arms = converted(rows, campaign, 30)
        (treated, bought), (held, anyway) = arms["false"], arms["true"]
        assert least < bought / treated - anyway / held < most
        assert 0.15 < held / (held + treated) < 0.25


def test_campaigns_without_and_with_a_holdout(rows: Tables) -> None:
    held = {x["campaign_id"] for x in rows["campaign_members"] if x["is_holdout"] == "true"}
    assert held == {"k01", "k02", "k03", "k04", "k06"}
    planned = {x["campaign_id"] for x in rows["campaigns"] if x["holdout_share"]}
    assert planned == held
    assert {x["variant"] for x in rows["campaign_members"] if x["campaign_id"] == "k04"} == {
        "A", "B", "",
    }  # fmt: skip


def test_answers_tickets_and_messages_of_every_kind_are_there(rows: Tables) -> None:
    surveys, tickets, members = (
        rows[name] for name in ("survey_responses", "tickets", "campaign_members")
    )
    assert {x["survey_type"] for x in surveys} == {"nps", "csat", "ces"}
    assert 0.35 < sum(not x["responded_at"] for x in surveys) / len(surveys) < 0.65
    complaints = [x for x in tickets if x["is_complaint"] == "true"]
    assert sum(bool(x["reopened_count"]) for x in complaints) > 20
    assert sum(not x["resolved_at"] for x in complaints) > 20
    for column in ("bounced_at", "opened_at", "clicked_at", "unsubscribed_at", "complained_at"):
        assert any(x[column] for x in members), column
