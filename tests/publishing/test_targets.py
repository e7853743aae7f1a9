"""From a project to what is published: targets, test rows, the build's facts."""

from __future__ import annotations

import json

import duckdb
import pytest

from tests.conftest import Shop

VARS = "  inputs_path: null"
CHANGE = ("seeds/raw_orders.csv", "o4,,", "o4,cid,")


def configure(shop: Shop, text: str) -> None:
    shop.edit("dbt_project.yml", VARS, f"  {text}\n{VARS}")


def test_parquet_is_off_by_default(built: Shop) -> None:
    assert not list(built.root.rglob("*.parquet"))


def test_parquet_where_the_project_says_so(built: Shop) -> None:
    configure(built, "publish: {parquet: {path: out/parquet, keep_versions: 1}}")
    built.edit(*CHANGE)
    assert built.run("build").code == 0
    latest = built.root / "out/parquet/latest"
    rows = duckdb.execute(f"select count(*) from '{latest}/*/customer_orders.parquet'").fetchall()
    assert rows == [(3,)]
    manifest = json.loads((latest / "manifest.json").read_text())
    record = json.loads(built.published.with_name("published.json").read_text())
    assert manifest["build_id"] == record["build_id"]


def test_versions_are_kept_as_the_project_says(built: Shop) -> None:
    configure(built, "keep_versions: 1")
    first = json.loads(built.published.with_name("published.json").read_text())["build_id"]
    built.edit(*CHANGE)
    assert built.run("build").code == 0
    kept = [path.name for path in (built.published.parent / "versions").iterdir()]
    assert kept == [f"retention-{first}.duckdb"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("keep_versions: many", "var keep_versions is 'many'"),
        ("publish: [parquet]", "var publish names an unknown target"),
        ("publish: {parket: {path: x}}", "var publish names an unknown target"),
        ("publish: {parquet: {paht: x}}", "var publish.parquet needs a path"),
        ("publish: {parquet: {path: x, keep_versions: -1}}", "var keep_versions is -1"),
    ],
)
def test_nonsense_is_told(built: Shop, text: str, message: str) -> None:
    before = built.published.read_bytes()
    configure(built, text)
    built.edit(*CHANGE)
    done = built.run("build")
    assert (done.code, message in done.text) == (2, True)
    assert built.published.read_bytes() == before
