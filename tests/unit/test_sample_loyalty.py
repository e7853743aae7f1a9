"""Loyalty, referrals and marketing spend of the sample shop: their contract and what is built in."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "seeds" / "sample"
CONTRACTS = {
    "loyalty_ledger": "loyalty",
    "loyalty_tiers": "loyalty",
    "referrals": "loyalty",
    "marketing_spend": "acquisition",
}
AS_OF = "2026-07-01 00:00:00"
PATTERNS = {
    "timestamp": r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d",
    "date": r"\d{4}-\d\d-\d\d",
    "boolean": r"true|false",
    "decimal": r"-?\d+(\.\d{1,4})?",
    "varchar": r"(?s).+",
}

Row = dict[str, str]
Tables = dict[str, list[Row]]


@pytest.fixture(scope="module")
def rows() -> Tables:
    found = {}
    for table in (*CONTRACTS, "customers", "orders"):
        with (SAMPLE / f"raw_{table}.csv").open(encoding="utf-8", newline="") as file:
            found[table] = list(csv.DictReader(file))
    return found


def contract(table: str) -> dict[str, dict[str, Any]]:
    """Column -> its entry in models/raw."""
    path = ROOT / "models" / "raw" / f"{CONTRACTS[table]}.yml"
    tables = yaml.safe_load(path.read_text(encoding="utf-8"))["sources"][0]["tables"]
    (found,) = (x for x in tables if x["name"] == table)
    return {column["name"]: column for column in found["columns"]}


@pytest.mark.parametrize("table", CONTRACTS)
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


@pytest.mark.parametrize("table", CONTRACTS)
def test_the_counts_in_the_readme_are_right(table: str, rows: Tables) -> None:
    readme = (SAMPLE / "README.md").read_text(encoding="utf-8")
    row = re.search(rf"^\| raw_{table}\.csv \|.*\| ([\d,]+) \|$", readme, re.MULTILINE)
    assert row is not None
    assert int(row[1].replace(",", "")) == len(rows[table])


def test_no_balance_is_ever_negative(rows: Tables) -> None:
    ledgers = defaultdict(list)
    for row in rows["loyalty_ledger"]:
        ledgers[row["customer_id"]].append((row["occurred_at"], int(row["points"] or 0)))
    for customer_id, entries in ledgers.items():
        balance = 0
        for at, points in sorted(entries, key=lambda entry: (entry[0], -entry[1])):
            assert at < AS_OF
            balance += points
            assert balance >= 0, customer_id


def test_points_belong_to_orders_of_their_member(rows: Tables) -> None:
    owners = {row["order_id"]: row["customer_id"] for row in rows["orders"]}
    for row in rows["loyalty_ledger"]:
        assert row["order_id"] in ("", *owners)
        assert not row["order_id"] or owners[row["order_id"]] == row["customer_id"]


def test_tiers_of_a_member_follow_each_other(rows: Tables) -> None:
    tiers = defaultdict(list)
    for row in rows["loyalty_tiers"]:
        tiers[row["customer_id"]].append((row["valid_from"], row["valid_to"]))
    for spells in tiers.values():
        spells.sort()
        for (_, ends), (begins, _) in pairwise(spells):
            assert ends == begins


def test_every_id_that_the_stories_name_is_in_the_files(rows: Tables) -> None:
    readme = (SAMPLE / "README.md").read_text(encoding="utf-8")
    table = readme.split("<!-- loyalty stories: begin")[1].split("<!-- loyalty stories: end")[0]
    known = {value for found in rows.values() for row in found for value in row.values()}
    named = re.findall(r"\b(?:c94\d\d|l94\d\d-\d|i94\d\d)\b", table)
    assert len(named) > 20
    assert not set(named) - known


def test_stories_are_as_told(rows: Tables) -> None:
    """By hand, from the docstrings of the stories."""
    balances: dict[str, int] = defaultdict(int)
    for row in rows["loyalty_ledger"]:
        balances[row["customer_id"]] += int(row["points"] or 0)
    told = {"c9401": 155, "c9402": 0, "c9403": 10, "c9404": 10, "c9405": 15, "c9406": 0}
    assert {name: balances[name] for name in told} == told
    podcast = [row for row in rows["marketing_spend"] if row["channel"] == "podcast"]
    assert [Decimal(row["amount"]) for row in podcast] == [Decimal("900.00")]
    assert "podcast" not in {row["acquisition_channel"] for row in rows["customers"]}
    assert {row["currency"] for row in rows["marketing_spend"]} == {"EUR", "USD"}
