"""Whoever has only some of the inputs gets a whole build, all its tests, and what cannot be known is empty."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import CHECKOUT, environment, pipeline
from tests.properties.harness import part, write_files

PROJECT = ("dbt_project.yml", "profiles.yml", "models", "macros", "seeds", "tests/data")
SAMPLE = CHECKOUT / "seeds/sample"
EVERY = sorted(path.stem.removeprefix("raw_") for path in SAMPLE.glob("raw_*.csv"))
SOME = {
    "orders alone": ["orders"],
    "a shop": ["orders", "order_lines", "customers"],
    "subscriptions as events": ["subscription_events"],
    "events alone": ["events"],
    "surveys and tickets of buyers": ["orders", "survey_responses", "tickets"],
    "campaigns to buyers": ["orders", "campaigns", "campaign_members"],
    "loyalty and spend": [
        "orders",
        "loyalty_ledger",
        "loyalty_tiers",
        "marketing_spend",
        "fx_rates",
    ],
}


def build(place: Path, tables: list[str]) -> tuple[int, str]:
    """Build the sample's files of these tables, somewhere else."""
    (place / "inputs").mkdir(parents=True)
    for table in tables:
        shutil.copy(SAMPLE / f"raw_{table}.csv", place / "inputs" / f"{table}.csv")
    given = {
        "inputs_path": str(place / "inputs"),
        "as_of": "2026-07-01",
        "reporting_currency": "EUR",
    }
    for name in PROJECT:
        (place / name).parent.mkdir(exist_ok=True)
        (place / name).symlink_to(CHECKOUT / name)
    command = (
        sys.executable,
        "-m",
        "retention_pipeline",
        "build",
        "-q",
        "--vars",
        json.dumps(given),
    )
    done = subprocess.run(
        command,
        cwd=place,
        env=environment(RETENTION_WAREHOUSE=str(place / "build.duckdb")),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("tables", SOME.values(), ids=list(SOME))
def test_some_inputs(tmp_path: Path, tables: list[str]) -> None:
    code, text = build(tmp_path, tables)
    assert code == 0, text


@pytest.mark.slow
@pytest.mark.parametrize("table", [t for t in EVERY if t != "fx_rates"])
def test_all_inputs_but_one(tmp_path: Path, table: str) -> None:
    code, text = build(tmp_path, [t for t in EVERY if t != table])
    assert code == 0, text


@pytest.mark.slow
def test_another_currency_without_rates_is_refused(tmp_path: Path) -> None:
    """Nothing is converted by guess, and nothing is published."""
    code, text = build(tmp_path, ["subscriptions", "plans"])
    assert code == 1
    assert "assert_mrr_has_an_fx_rate failed" in text
    assert "currency=GBP, reporting_currency=EUR" in text
    assert not (tmp_path / "retention.duckdb").exists()


def test_what_would_be_enough_is_said(tmp_path: Path) -> None:
    write_files({}, tmp_path / "inputs")
    for path in (tmp_path / "inputs").iterdir():
        path.unlink()
    (tmp_path / "inputs" / "tickets.csv").write_text("ticket_id,customer_id,created_at\n")
    given = json.dumps({"inputs_path": str(tmp_path / "inputs")})
    root, warehouse = part(()), str(tmp_path / "build.duckdb")  # all that reads inputs
    done = pipeline("build", "--vars", given, cwd=root, RETENTION_WAREHOUSE=warehouse)
    assert done.returncode == 2
    assert "no file for the required table orders" in done.stderr
    assert "one of subscriptions, subscription_events, events is enough instead" in done.stderr
