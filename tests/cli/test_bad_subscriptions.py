"""Bad subscription data through the whole program and this project's own models.

Rows that break the contract are refused with file, line, column, value and reason, or kept in
raw.rejected_rows; what only several tables together show (rates) fails a data test that names month
and currency.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from typer.testing import CliRunner

from retention_pipeline.cli import app
from tests.conftest import CHECKOUT, Outcome
from tests.properties.harness import part

HEADER = (
    "subscription_id,subscription_item_id,customer_id,status,currency,unit_amount,quantity,"
    "interval_unit,interval_count,discount_percent,valid_from,valid_to\n"
)
GOOD = "s1,s1,ann,active,USD,50,1,month,1,,2024-01-10,2024-03-16"
BAD = {  # line: its row; then the column, the value and what is said of it
    3: (
        "s1,s1,ann,active,USD,80,1,month,1,,2024-03-01,",
        "valid_from",
        "2024-03-01 00:00:00",
        "lies in another interval of the subscription_item_id, which ends 2024-03-16 00:00:00",
    ),
    4: (
        "s2,s2,bob,active,USD,10,1,month,1,,2024-02-10,2024-02-01",
        "valid_to",
        "2024-02-01 00:00:00",
        "is not after valid_from, 2024-02-10 00:00:00",
    ),
    5: ("s3,s3,cat,active,USD,-5,1,month,1,,2024-01-10,", "unit_amount", "-5", "is below 0"),
    6: ("s4,s4,dan,active,USD,5,-1,month,1,,2024-01-10,", "quantity", "-1", "is below 0"),
    7: (
        "s5,s5,eve,sleeping,USD,5,1,month,1,,2024-01-10,",
        "status",
        "sleeping",
        "is not one of: trialing, active, past_due, paused, free, ended",
    ),
    8: (
        "s6,s6,fay,active,dollars,5,1,month,1,,2024-01-10,",
        "currency",
        "dollars",
        "is not a currency code of three capitals",
    ),
    9: ("s7,s7,gus,active,USD,5,1,month,0,,2024-01-10,", "interval_count", "0", "is below 1"),
    10: (
        "s8,s8,hal,active,USD,5,1,month,1,120,2024-01-10,",
        "discount_percent",
        "120",
        "is above 100",
    ),
    11: (
        "s9,s9,ida,active,USD,5,1,fortnight,1,,2024-01-10,",
        "interval_unit",
        "fortnight",
        "is not one of: day, week, month, year",
    ),
}


@pytest.fixture
def inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder; the program's databases lie beside it."""
    monkeypatch.chdir(CHECKOUT)
    monkeypatch.setenv("RETENTION_WAREHOUSE", str(tmp_path / "build.duckdb"))
    folder = tmp_path / "in"
    folder.mkdir()
    return folder


def build(inputs: Path, select: str, **values: Any) -> Outcome:
    values = {"inputs_path": str(inputs), "as_of": "2024-05-01", **values}
    argv = ["build", "-q", "--select", select, "--vars", yaml.safe_dump(values)]
    done = CliRunner().invoke(app, argv)
    return Outcome(done.exit_code, done.output, "")


def query(inputs: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(inputs.parent / "build.duckdb"), read_only=True) as con:
        return con.execute(sql).fetchall()


def bad_subscriptions(inputs: Path) -> Path:
    path = inputs / "subscriptions.csv"
    path.write_text(HEADER + "\n".join([GOOD, *(row for row, *_ in BAD.values())]) + "\n")
    return path


def test_rows_that_break_the_contract_are_all_named(
    inputs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(part(()))  # the contracts, and all that reads inputs
    path = bad_subscriptions(inputs)
    done = build(inputs, "stg_subscriptions")
    said = " ".join(done.out.split())
    assert done.code == 1
    assert f"{path}:3: source raw.subscriptions failed: RP310 9 of 10 rows break" in said
    for line, (_, column, value, reason) in BAD.items():
        assert f"line {line}, {column}: '{value}' {reason}" in said


@pytest.mark.slow
def test_rows_that_break_the_contract_can_be_put_aside(inputs: Path) -> None:
    """Without them ann pays 50 from January to 16 March."""
    path = bad_subscriptions(inputs)
    done = build(inputs, "+mrr_waterfall", on_bad_rows="quarantine")
    assert done.code == 0, done.out
    rejected = query(
        inputs, "select file, row_number, column_name, value, reason from raw.rejected_rows"
    )
    assert sorted(rejected) == [(str(path), line, *said) for line, (_, *said) in BAD.items()]
    closing = query(
        inputs,
        "select closing_mrr from marts.mrr_waterfall where view = 'native' order by month",
    )
    assert closing == [(Decimal(50),), (Decimal(50),), (Decimal(0),), (Decimal(0),)]


@pytest.mark.slow
def test_rates_that_are_missing_or_old(inputs: Path) -> None:
    """An unknown currency never has a rate, euros have none in February and an old one in April."""
    rows = [
        f"{who},{who},{who},active,{currency},10,1,month,1,,2024-02-10,"
        for who, currency in (("ann", "EUR"), ("bob", "XXQ"), ("dan", "USD"))
    ]
    (inputs / "subscriptions.csv").write_text(HEADER + "\n".join(rows) + "\n")
    (inputs / "fx_rates.csv").write_text(
        "rate_date,from_currency,to_currency,rate\n2024-03-29,EUR,USD,1.08\n"
    )
    done = build(
        inputs, "+int_mrr_rates +mrr_waterfall", fx_policy="spot", reporting_currency="USD"
    )
    said = " ".join(done.out.split())
    assert done.code == 1
    assert "assert_mrr_has_an_fx_rate failed: 4 failing rows" in said
    for month in ("2024-02-01", "2024-03-01", "2024-04-01"):
        assert f"month={month}, currency=XXQ, reporting_currency=USD" in said
    assert "month=2024-02-01, currency=EUR, reporting_currency=USD" in said
    assert "assert_mrr_fx_rates_are_fresh failed: 1 failing row" in said
    assert "month=2024-04-01, currency=EUR, rate_date=2024-03-29, age_days=32" in said


@pytest.mark.slow
def test_several_currencies_and_no_choice(inputs: Path) -> None:
    rows = [
        f"{who},{who},{who},active,{currency},10,1,month,1,,2024-02-10,"
        for who, currency in (("ann", "EUR"), ("dan", "USD"))
    ]
    (inputs / "subscriptions.csv").write_text(HEADER + "\n".join(rows) + "\n")
    done = build(inputs, "+int_reporting_currency")
    assert done.code == 1
    assert "assert_mrr_reporting_currency_is_known" in done.out
    assert "set var reporting_currency" in done.out
