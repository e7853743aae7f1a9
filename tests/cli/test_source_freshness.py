"""`pipeline source freshness`: how old a source is, by dbt's rules; sources.json."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from retention_pipeline.source_freshness import judge_age
from tests.conftest import Shop

OUTSIDE = """\
sources:
  - name: outside
    loaded_at_field: loaded_at
    freshness: {warn_after: {count: 12, period: hour}, error_after: {count: 2, period: day}}
    tables:
      - name: fresh
      - name: old
        freshness: {error_after: {count: 30, period: day}}
      - name: stale
      - name: filtered
        freshness: {filter: "kind = 'a'"}
      - {name: empty}
      - {name: missing}
      - {name: unasked, freshness: null}
"""
# hours since the newest row, by hand: fresh 1 -> pass; old 72 -> beyond warn_after, not 30 days -> warn;
# stale 72 -> beyond 2 days -> error; filtered 72 for kind a, 1 for kind b -> error; empty -> error
ROWS = {
    "fresh": [(1, "a")],
    "old": [(72, "a")],
    "stale": [(72, "a")],
    "filtered": [(72, "a"), (1, "b")],
}
STATUSES = {
    "empty": "error",
    "filtered": "error",
    "fresh": "pass",
    "missing": "runtime error",
    "old": "warn",
    "stale": "error",
}


@pytest.fixture
def outside(built: Shop) -> Shop:
    built.write("models/outside.yml", OUTSIDE)
    now = datetime.now(UTC).replace(tzinfo=None)
    with duckdb.connect(str(built.working)) as con:
        con.execute("create schema outside")
        for name in ("fresh", "old", "stale", "filtered", "empty", "unasked"):
            con.execute(f"create table outside.{name} (loaded_at timestamp, kind varchar)")
            for hours, kind in ROWS.get(name, []):
                moment = now - timedelta(hours=hours)
                con.execute(f"insert into outside.{name} values (?, ?)", [moment, kind])
    return built


def sources(shop: Shop) -> dict[str, dict[str, Any]]:
    document = json.loads((shop.root / "target/sources.json").read_text())
    assert document["metadata"]["dbt_schema_version"].endswith("/sources/v3.json")
    return {r["unique_id"].rpartition(".")[2]: r for r in document["results"]}


def test_each_source_is_judged_by_its_own_limits(outside: Shop) -> None:
    done = outside.run("source", "freshness")
    assert done.code == 1, done.text
    found = sources(outside)
    assert {name: r["status"] for name, r in found.items()} == STATUSES
    assert found["old"]["criteria"] == {
        "warn_after": {"count": 12, "period": "hour"},
        "error_after": {"count": 30, "period": "day"},
        "filter": None,
    }
    assert found["empty"]["max_loaded_at"].startswith("0001-01-01")
    assert 71 * 3600 < found["old"]["max_loaded_at_time_ago_in_s"] < 73 * 3600
    assert "warn           outside.old 3 days" in done.out
    assert "models/outside.yml:" in done.out
    assert "missing" in found["missing"]["error"]


def test_a_selection_and_another_file(outside: Shop, tmp_path: Path) -> None:
    target = tmp_path / "there" / "ages.json"
    done = outside.run("source", "freshness", "-s", "source:outside.fresh", "-o", str(target))
    assert (done.code, done.out.count("\n")) == (0, 1), done.text
    assert json.loads(target.read_text())["results"][0]["status"] == "pass"
    flags = "source", "freshness", "-s", "source:outside.old"
    assert outside.run(*flags).code == 0
    assert outside.run(*flags, "--warn-error").code == 1


def test_source_status_selects_what_has_new_rows(outside: Shop, tmp_path: Path) -> None:
    outside.run("source", "freshness")
    before = tmp_path / "before"
    before.mkdir()
    (before / "sources.json").write_bytes((outside.root / "target/sources.json").read_bytes())
    with duckdb.connect(str(outside.working)) as con:
        con.execute("insert into outside.stale values (now(), 'a')")
    outside.run("source", "freshness")
    found = outside.run("ls", "-s", "source_status:fresher", "--state", str(before))
    assert found.out.split() == ["source:outside.stale"]


def test_a_query_of_ones_own(outside: Shop) -> None:
    text = OUTSIDE.replace("loaded_at_field: loaded_at", "loaded_at_query: select now()")
    outside.write("models/outside.yml", text)
    assert outside.run("source", "freshness", "-s", "source:outside.stale").code == 0


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("period: hour", "period: hours", "did you mean 'hour'?"),
        ("count: 12", "count: many", "'warn_after' needs a whole number as count"),
        ("warn_after", "warn_afer", "did you mean 'warn_after'?"),
    ],
)
def test_wrong_limits_are_errors_at_their_line(
    outside: Shop, old: str, new: str, words: str
) -> None:
    outside.write("models/outside.yml", OUTSIDE.replace(old, new))
    done = outside.run("source", "freshness")
    assert (done.code, words in done.err, "models/outside.yml:4" in done.err) == (2, True, True)


def test_without_anything_to_ask(built: Shop) -> None:
    assert "no source has a freshness" in built.run("source", "freshness").out


def test_limits_are_inclusive() -> None:
    rule = {"warn_after": {"count": 1, "period": "hour"}}
    assert judge_age(rule, timedelta(hours=1)) == "pass"
    assert judge_age(rule, timedelta(hours=1, seconds=1)) == "warn"
