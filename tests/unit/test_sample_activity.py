"""Events, offices and their stories in the synthetic sample: contract, size, and what the rows say.

Counts are taken from the rows with plain Python, never from the models.
"""

import csv
import re
import sys
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "seeds" / "sample"
TABLES = ("events", "sessions", "accounts", "account_users")
AS_OF = "2026-07-01 00:00:00"

Row = dict[str, str]


@pytest.fixture(scope="module")
def sample() -> dict[str, list[Row]]:
    """Every row of every file, as text."""
    tables = {}
    for table in TABLES:
        with (SAMPLE / f"raw_{table}.csv").open(encoding="utf-8", newline="") as file:
            tables[table] = list(csv.DictReader(file))
    return tables


@pytest.fixture(scope="module")
def contract() -> dict[str, list[dict[str, object]]]:
    """Table -> its columns, as models/raw/activity.yml declares them."""
    text = (ROOT / "models" / "raw" / "activity.yml").read_text(encoding="utf-8")
    return {
        table["name"]: table["columns"] for table in yaml.safe_load(text)["sources"][0]["tables"]
    }


def at(row: Row) -> datetime:
    return datetime.fromisoformat(row["occurred_at"])


def test_columns_and_types_are_those_of_the_contract(
    contract: dict[str, list[dict[str, object]]],
) -> None:
    for table in TABLES:
        spec = yaml.safe_load((SAMPLE / f"raw_{table}.yml").read_text(encoding="utf-8"))
        header = (SAMPLE / f"raw_{table}.csv").read_text(encoding="utf-8").split("\n", 1)[0]
        declared = {str(column["name"]): column["data_type"] for column in contract[table]}
        assert spec["seeds"][0]["config"]["column_types"] == declared
        assert header.split(",") == list(declared)


def test_every_event_has_an_id_a_name_a_time_and_somebody(sample: dict[str, list[Row]]) -> None:
    for row in sample["events"]:
        assert row["event_id"]
        assert row["event_name"]
        assert row["user_id"] or row["anonymous_id"]
        assert at(row) >= datetime(2025, 3, 1)  # noqa: DTZ001


def test_the_files_are_small_and_the_readme_counts_them(sample: dict[str, list[Row]]) -> None:
    readme = (SAMPLE / "README.md").read_text(encoding="utf-8")
    assert sum((SAMPLE / f"raw_{table}.csv").stat().st_size for table in TABLES) <= 480_000
    assert sum(path.stat().st_size for path in SAMPLE.glob("*.csv")) <= 3_000_000
    for table in TABLES:
        row = re.search(rf"^\| raw_{table}\.csv \|.*\| ([\d,]+) \|$", readme, re.MULTILINE)
        assert row is not None, table
        assert int(row[1].replace(",", "")) == len(sample[table]), table


def test_every_story_stands_in_the_readme() -> None:
    sys.path.insert(0, str(SAMPLE))
    try:
        from generator import accounts, activity_stories  # type: ignore[import-not-found]
        from generator.stories import ACTIVITY_STORIES  # type: ignore[import-not-found]
    finally:
        sys.path.remove(str(SAMPLE))
    readme = (SAMPLE / "README.md").read_text(encoding="utf-8")
    assert accounts
    assert activity_stories
    assert len(ACTIVITY_STORIES) >= 15
    for story in ACTIVITY_STORIES:
        assert f"| {story.what} | {story.shown_by} | {story.rule} |" in readme


def test_an_action_that_matters_and_one_that_does_not(sample: dict[str, list[Row]]) -> None:
    """Brews on days 30 to 59, by what was done in the first week."""
    by_user: dict[str, list[Row]] = defaultdict(list)
    for row in sample["events"]:
        by_user[row["user_id"]].append(row)
    kept: dict[tuple[str, bool], list[bool]] = defaultdict(list)
    for rows in by_user.values():
        signups = [at(row) for row in rows if row["event_name"] == "signup"]
        if not signups or min(signups) + timedelta(days=60) > datetime.fromisoformat(AS_OF):
            continue
        start = min(signups)
        stayed = any(
            row["event_name"] in ("brew_logged", "purchase")
            and timedelta(days=30) <= at(row) - start < timedelta(days=60)
            for row in rows
        )
        week = Counter(
            row["event_name"] for row in rows if timedelta(0) <= at(row) - start < timedelta(days=7)
        )
        kept["recipe_saved", week["recipe_saved"] >= 3].append(stayed)
        kept["theme_changed", week["theme_changed"] >= 1].append(stayed)
    share = {key: sum(stayed) / len(stayed) for key, stayed in kept.items()}
    assert min(map(len, kept.values())) >= 30
    assert share["recipe_saved", True] - share["recipe_saved", False] > 0.3
    assert abs(share["theme_changed", True] - share["theme_changed", False]) < 0.15


def core_share(sample: dict[str, list[Row]], users: set[str], since: str) -> Counter[str]:
    return Counter(
        row["user_id"]
        for row in sample["events"]
        if row["event_name"] == "order_planned"
        and row["user_id"] in users
        and since <= row["occurred_at"] < AS_OF
    )


def test_one_office_hangs_on_one_person_and_one_does_not(sample: dict[str, list[Row]]) -> None:
    studio = core_share(sample, {"c0013", "u9201", "u9202"}, "2026-06-03")
    kitchen = core_share(sample, {"c9028", "u9101"}, "2026-06-03")
    assert studio["c0013"] / studio.total() >= 0.8
    assert kitchen["c9028"] / kitchen.total() < 0.8


def test_falling_core_behind_steady_logins(sample: dict[str, list[Row]]) -> None:
    users = {"c0029", "u9301"}
    logins: Counter[str] = Counter()
    plans: Counter[str] = Counter()
    for row in sample["events"]:
        when = row["occurred_at"]
        if row["user_id"] in users and "2026-05-06" <= when < AS_OF:
            window = "last" if when >= "2026-06-03" else "before"
            logins[window] += row["event_name"] == "login"
            plans[window] += row["event_name"] == "order_planned"
    assert logins["last"] == logins["before"]
    assert plans["last"] <= 0.4 * plans["before"]


def test_robots_late_and_later_events(sample: dict[str, list[Row]]) -> None:
    events = sample["events"]
    assert sum(row["platform"] == "bot" for row in events) >= 50
    assert sum(row["channel"] == "monitoring" for row in events) >= 10
    late = [row for row in events if row["received_at"]]
    assert len(late) == 2
    assert all(datetime.fromisoformat(row["received_at"]) - at(row) > timedelta(3) for row in late)
    assert sum(row["occurred_at"] >= AS_OF for row in events) == 1
    versions = Counter(row["event_id"] for row in events)
    assert {key for key, count in versions.items() if count > 1} == {"e9010"}
    assert not sample["sessions"]
