"""The models alone erase as the loader does, and neither changes a total: on the sample."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from retention_pipeline.api import Options, execute
from retention_pipeline.plan import Command
from tests.conftest import CHECKOUT

pytestmark = pytest.mark.slow

MARTS = ("fct_orders", "mrr_waterfall", "rfm_segments", "customer_lifecycle", "nps")
TABLES = (*(f"marts.{name}" for name in MARTS), "intermediate.int_customers")
TOTALS = {
    "marts.fct_orders": "count(*), sum(net_revenue), count(distinct customer_id), sum(order_number)",
    "marts.mrr_waterfall": "count(*), sum(closing_mrr), sum(churned_mrr), sum(paying_customers)",
    "marts.rfm_segments": "count(*), sum(monetary), sum(frequency), sum(r), sum(f), sum(m)",
    "marts.customer_lifecycle": "count(*), count(distinct customer_id)",
    "intermediate.int_customers": "count(*), min(created_date), max(created_date)",
}
META = "    config: {meta: {resolves_customers: true, explain: stop}}\n"
REQUEST = ",2026-06-08 16:00:00,"  # when the request was granted

Build = Callable[..., Path]


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """A copy of the project with one text replaced, built; the path of its database."""

    def make(path: str = "dbt_project.yml", old: str = "", new: str = "") -> Path:
        root = tmp_path_factory.mktemp("parity")
        for name in ("models", "macros", "seeds"):
            shutil.copytree(CHECKOUT / name, root / name)
        for name in ("dbt_project.yml", "profiles.yml"):
            shutil.copy(CHECKOUT / name, root / name)
        text = (root / path).read_text()
        assert old in text
        (root / path).write_text(text.replace(old, new))
        environ = {"DBT_ENV_SECRET_RETENTION_SALT": "the salt of this comparison"}
        options = Options(project_dir=root, environ=environ)
        results = execute(
            Command.BUILD, options, [*(f"+{name}" for name in MARTS), "+int_customers"]
        )
        assert not [step for step in results.steps if step.status == "failed"]
        return root / "warehouse/build.duckdb"

    return make


def test_models_and_loader_erase_alike_and_totals_stay(build: Build) -> None:
    by_loader = build()
    by_models = build("models/intermediate/int_customer_resolution.yml", META, "")
    nobody = build("seeds/sample/raw_erasure_requests.csv", REQUEST, ",,")
    with duckdb.connect() as con:
        for name, path in (("loader", by_loader), ("models", by_models), ("nobody", nobody)):
            con.execute(f"attach '{path}' as {name} (read_only)")
        for table in TABLES:
            for one, other in (("loader", "models"), ("models", "loader")):
                rows = f"select * from {one}.{table} except all select * from {other}.{table}"
                assert con.execute(rows).fetchall() == [], table
        for table, sums in TOTALS.items():
            found = con.execute(f"select {sums} from loader.{table}").fetchone()
            assert found == con.execute(f"select {sums} from nobody.{table}").fetchone(), table
        gone = "customer_id from {}.intermediate.int_customers where customer_id in ('c0772', 'c0772b')"
        assert con.execute(f"select {gone.format('loader')}").fetchall() == []
        assert con.execute(f"select {gone.format('nobody')}").fetchall() == [("c0772",)]
