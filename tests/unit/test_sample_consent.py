"""Consent, erasure requests and preferences of the sample shop: their contract and their stories."""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "seeds" / "sample"
KEYS = {
    "consent": ("customer_id", "purpose", "occurred_at"),
    "erasure_requests": ("request_id",),
    "preferences": ("customer_id", "key", "collected_at"),
}
AS_OF = "2026-07-01 00:00:00"
MOST_BYTES = 60_000
TOLD = ("c0456", "c0772b")  # by stories

Row = dict[str, str]
Tables = dict[str, list[Row]]


@pytest.fixture(scope="module")
def rows() -> Tables:
    found = {}
    for table in (*KEYS, "customers"):
        with (SAMPLE / f"raw_{table}.csv").open(encoding="utf-8", newline="") as file:
            found[table] = list(csv.DictReader(file))
    return found


def contract(table: str) -> dict[str, dict[str, Any]]:
    """Column -> its entry in models/raw."""
    document = yaml.safe_load((ROOT / "models/raw/privacy.yml").read_text(encoding="utf-8"))
    (found,) = (x for x in document["sources"][0]["tables"] if x["name"] == table)
    return {column["name"]: column for column in found["columns"]}


@pytest.mark.parametrize("table", KEYS)
def test_columns_and_values_are_those_of_the_contract(table: str, rows: Tables) -> None:
    columns = contract(table)
    types = {name: column["data_type"] for name, column in columns.items()}
    seed = yaml.safe_load((SAMPLE / f"raw_{table}.yml").read_text(encoding="utf-8"))["seeds"][0]
    assert "synthetic" in seed["description"].lower()
    assert list(rows[table][0]) == list(types)
    assert list(seed["config"]["column_types"].items()) == list(types.items())
    for row in rows[table]:
        for name, column in columns.items():
            meta = column.get("config", {}).get("meta", {})
            if column["data_type"] == "timestamp" and row[name]:
                assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", row[name]), row
            assert row[name] or not meta.get("required"), (name, row)
            assert row[name] in ("", *meta.get("accepted_values", [row[name]])), (name, row)
    keys = Counter(tuple(row[name] for name in KEYS[table]) for row in rows[table])
    assert max(keys.values()) == 1


@pytest.mark.parametrize("table", KEYS)
def test_the_counts_in_the_readme_are_right(table: str, rows: Tables) -> None:
    readme = (SAMPLE / "README.md").read_text(encoding="utf-8")
    row = re.search(rf"^\| raw_{table}\.csv \|.*\| ([\d,]+) \|$", readme, re.MULTILINE)
    assert row is not None
    assert int(row[1].replace(",", "")) == len(rows[table])


def test_the_files_are_small() -> None:
    assert sum((SAMPLE / f"raw_{table}.csv").stat().st_size for table in KEYS) <= MOST_BYTES


def test_most_agree_and_some_take_it_back(rows: Tables) -> None:
    """Of those drawn by chance; about three in four agree, one in eight of them changes their mind."""
    decisions = defaultdict(list)
    for row in sorted(rows["consent"], key=lambda row: row["occurred_at"]):
        name = row["customer_id"]
        if row["purpose"] == "ads_matching" and "c0080" < name < "c9000" and name not in TOLD:
            decisions[name].append(row["status"])
    first = [found[0] for found in decisions.values()]
    assert 0.68 < first.count("granted") / len(first) < 0.82
    changed = [found for found in decisions.values() if found == ["granted", "withdrawn"]]
    assert 0.05 < len(changed) / first.count("granted") < 0.2
    assert all(found[1:] in ([], ["withdrawn"]) for found in decisions.values())


def test_everybody_is_known_but_for_the_newsletter(rows: Tables) -> None:
    known = {row["customer_id"] for row in rows["customers"]}
    named = {row["customer_id"] for table in KEYS for row in rows[table]}
    assert named - known == {"c9095"}


def test_stories(rows: Tables) -> None:
    said = defaultdict(list)
    for row in rows["consent"]:
        said[row["customer_id"], row["purpose"]].append((row["occurred_at"] < AS_OF, row["status"]))
    assert said["c0001", "ads_matching"] == [(True, "granted"), (True, "withdrawn")]
    assert said["c0002", "ads_matching"] == [(True, "granted"), (True, "granted")]
    assert said["c0003", "ads_matching"] == [(False, "granted")]
    assert (said["c9001", "ads_matching"], said["c9002", "ads_matching"]) == (
        [(True, "granted")],
        [(True, "withdrawn")],
    )
    asked = {row["request_id"]: row for row in rows["erasure_requests"]}
    assert asked["q9001"]["customer_id"] == "c0772b"
    assert asked["q9001"]["completed_at"]
    assert not asked["q9002"]["completed_at"]
    emails = {row["customer_id"]: row["email"].strip().lower() for row in rows["customers"]}
    assert emails["c0772"] == emails["c0772b"] == "runa.772@example.com"
    tastes = [row["value"] for row in rows["preferences"] if row["customer_id"] == "c0001"]
    assert tastes == ["whole_bean", "dark", "light"]
