"""The report of the sample shop, and of shops with orders or subscriptions only, built for real."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from tests.conftest import CHECKOUT, environment
from tests.report.checks import DERIVED, check_table, triangle
from tests.report.pages import Page

pytest.importorskip("vl_convert", reason="the extra `report` is not installed")
pytestmark = pytest.mark.slow

SEEDS = CHECKOUT / "seeds/sample"
SHOPS = {
    "sample": ([], "{}"),
    "orders": (["orders"], "as_of: 2026-07-01"),
    "subscriptions": (["subscriptions", "fx_rates"], "as_of: 2026-07-01, reporting_currency: EUR"),
    "middle of a month": (["orders", "subscriptions", "fx_rates", "events"], "as_of: 2026-05-18"),
}


@pytest.fixture(scope="module", params=SHOPS)
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop, built and published: the folder of its file."""
    tables, given = SHOPS[request.param]
    root = tmp_path_factory.mktemp("shop")
    settings = given.strip("{}")
    if tables:
        (root / "inputs").mkdir()
        for table in tables:
            shutil.copy(SEEDS / f"raw_{table}.csv", root / f"inputs/{table}.csv")
        settings += f", inputs_path: {root / 'inputs'}"
    if "reporting_currency" not in settings and tables:
        settings += ", reporting_currency: EUR"
    _run(root, "build", "--quiet", "--vars", f"{{{settings}}}")
    return root


def _run(root: Path, *argv: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "retention_pipeline", *argv],
        cwd=CHECKOUT,
        env=environment(RETENTION_WAREHOUSE=str(root / "build.duckdb")),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def page(shop: Path) -> Page:
    _run(shop, "report")
    text = (shop / "report.html").read_text(encoding="utf-8")
    assert len(text.encode()) < 1_500_000
    return Page(text)


def test_its_numbers_are_the_marts(shop: Path, page: Page) -> None:
    names = [table for table in page.all_tables if table.mart and table.name not in DERIVED]
    assert len(names) > 8
    with duckdb.connect(str(shop / "retention.duckdb"), read_only=True) as con:
        assert all(check_table(con, table) for table in names)


@pytest.mark.parametrize(
    ("name", "query"),
    [
        (
            "retention-order",
            "select cohort_start, period_number, coalesce(retention_rate, retention_rate_partial)"
            " from marts.cohort_retention where entity = 'order' and cohort_grain = 'month' and dimension = 'all'",
        ),
        (
            "mrr-cohorts-reporting-eur",
            "select cohort_month, period_number, coalesce(net_mrr_retention, net_mrr_retention_partial)"
            " from marts.mrr_cohorts where view = 'reporting'",
        ),
        (
            "cohort-revenue",
            "select cohort_month, period_number, cumulative_ltv from marts.cohort_revenue",
        ),
    ],
)
def test_its_triangles_are_the_cohort_marts(shop: Path, page: Page, name: str, query: str) -> None:
    with duckdb.connect(str(shop / "retention.duckdb"), read_only=True) as con:
        expected = {(str(c), k): value for c, k, value in con.execute(query).fetchall()}
    assert (name in page.tables) is bool(expected)
    if not expected:
        return
    shown = triangle(page.tables[name])
    newest = sorted({cohort for cohort, _ in expected})[-24:]
    assert shown.keys() == {(c, k) for c, k in expected if c in newest and k <= 24}
    for place, cell in shown.items():
        assert Decimal(str(cell.value)) == Decimal(str(expected[place]))


@pytest.mark.parametrize(
    ("name", "columns", "query"),
    [
        (
            "rfm-segments",
            ["segment", "customers"],
            "select segment, count(*) from marts.rfm_segments where is_current group by 1",
        ),
        (
            "lifecycle-stages",
            ["stage", "customers"],
            "select stage, count(*) from marts.customer_lifecycle group by 1",
        ),
        (
            "curve-order",
            ["period_number", "eligible_size", "retained_n_period_eligible"],
            "select period_number, sum(eligible_size), sum(retained_n_period_eligible) from marts.cohort_retention"
            " where entity = 'order' and cohort_grain = 'month' and dimension = 'all' and is_complete"
            " and not is_left_censored and period_number <= 24 group by 1 having sum(eligible_size) >= 5",
        ),
    ],
)
def test_its_sums_are_those_of_the_marts(
    shop: Path, page: Page, name: str, columns: list[str], query: str
) -> None:
    with duckdb.connect(str(shop / "retention.duckdb"), read_only=True) as con:
        expected = {tuple(map(str, row)) for row in con.execute(query).fetchall()}
        buyers = con.execute("select count(*) from marts.fct_orders").fetchall()[0][0]
    assert (name in page.tables) is bool(buyers)
    if buyers:
        records = page.tables[name].records()
        assert {tuple(str(row[column]) for column in columns) for row in records} == expected


def test_it_costs_little(shop: Path) -> None:
    """Under three seconds where the machine is free; CPU is measured, with room for one that is not."""
    from retention_pipeline.engine import Engine
    from retention_pipeline.reporting.page import render
    from retention_pipeline.reporting.published import Published

    before = time.process_time()
    with Engine(str(shop / "retention.duckdb"), read_only=True) as engine:
        render(Published(engine, shop / "retention.duckdb"))
    assert time.process_time() - before < 5
