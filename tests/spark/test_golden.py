"""The worked examples and a part of the sample, by `pipeline run` and `pipeline build` on a server and here.

tests/golden compares the same models, built here, with the numbers worked out by hand.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from benchmarks.spark_parity import compare_built, open_build
from retention_pipeline.api import Command, Options, compile_, execute
from retention_pipeline.engines.spark.session import Remote, Sessions
from retention_pipeline.events import Status
from retention_pipeline.warehouse import open_warehouse
from tests.conftest import CHECKOUT
from tests.golden.cases import Rows, clock_events, needs_golden, order, orders, rfm_orders
from tests.golden.cases_activity import activation_events, champions
from tests.golden.cases_subscriptions import (
    AS_OF,
    CONSTANT,
    DUNNING_AS_OF,
    SPOT,
    dunning,
    normalisation,
    subscriptions,
)
from tests.spark.building import named
from tests.spark.test_project import is_known_of_sail

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
SALT = "the salt of the worked examples"
OF_ORDERS = (
    "cohort_retention",
    "cohort_retention_bracket",
    "interpurchase_time",
    "new_vs_returning",
    "repeat_purchase_ladder",
    "survival_curves",
    "user_lifecycle",
    "customer_lifecycle",
    "clv",
)
OF_SUBSCRIPTIONS = (
    "mrr_waterfall",
    "logo_churn",
    "revenue_retention",
    "subscriber_survival",
    "fct_mrr_movements",
    "fct_mrr_customer_month",
)
JUNE = {"as_of": "2024-06-01"}
NEW_YORK = {**JUNE, "reporting_timezone": "America/New_York", "retention_clock": "elapsed"}
Case = tuple[Callable[[], Rows], Mapping[str, Any], tuple[str, ...]]
CASES: dict[str, Case] = {
    "orders": (orders, JUNE, OF_ORDERS),
    "orders in May": (orders, {"as_of": "2024-05-15"}, ("cohort_retention", "customer_lifecycle")),
    "clock": (clock_events, NEW_YORK, ("cohort_retention",)),
    "rfm": (rfm_orders, JUNE, ("rfm_segments",)),
    "subscriptions": (subscriptions, {"as_of": AS_OF, **CONSTANT}, OF_SUBSCRIPTIONS),
    "subscriptions at spot": (subscriptions, {"as_of": AS_OF, **SPOT}, ("mrr_waterfall",)),
    "normalisation": (normalisation, {"as_of": AS_OF}, ("fct_mrr_customer_month",)),
    "dunning": (dunning, {"as_of": DUNNING_AS_OF}, ("dunning", "dunning_monthly")),
    "activation": (activation_events, JUNE, ("activation",)),
    "champions": (champions, JUNE, ("account_health",)),
}


@pytest.fixture
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Remote:
    sessions: Sessions = request.getfixturevalue(request.param)
    return named(sessions.remote, (tmp_path / "tables").as_uri())


def _options(folder: Path, remote: Remote, values: Mapping[str, Any], target: str) -> Options:
    """This checkout's project, with both targets in the folder."""
    here = f"{{type: duckdb, path: '{folder}/here.duckdb', threads: 2, settings: {{'variable"
    here += " retention_salt': \"{{ env_var('DBT_ENV_SECRET_RETENTION_SALT') }}\"}}"
    there = f"{{type: spark, remote: '{remote.url}', path: '{folder}/there.duckdb', threads: 4,"
    there += f" schema_prefix: g{abs(hash(folder)) % 10**8}_, location: '{remote.location}/g'}}"
    (folder / "profiles.yml").write_text(
        f"retention_pipeline:\n  target: here\n  outputs:\n    here: {here}\n    there: {there}\n"
    )
    environ = {"DBT_ENV_SECRET_RETENTION_SALT": SALT}
    return Options(CHECKOUT, environ=environ, vars=dict(values), target=target, profiles_dir=folder)


def _write(folder: Path, rows: Rows) -> str:
    inputs = folder / "inputs"
    inputs.mkdir()
    if not rows.keys() & {"orders", "subscriptions", "events"}:  # nothing is built without any
        rows = {**rows, "orders": [order("o", "nobody", "2024-01-01 00:00:00", 1)]}
    for table, found in rows.items():
        names = list(dict.fromkeys(name for row in found for name in row))
        with (inputs / f"{table}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(found)
    return str(inputs)


def _compared(
    folder: Path, remote: Remote, values: Mapping[str, Any], marts: tuple[str, ...], how: Command
) -> None:
    """Build them on both targets, and compare everything that was built, row by row."""
    chosen = [f"+{mart}" for mart in marts]
    options = {name: _options(folder, remote, values, name) for name in ("here", "there")}
    for name, each in options.items():
        results = execute(how, each, chosen, exclude=["test_type:unit"])
        failed = {s.name: s.message for s in results.steps if s.status is Status.FAILED}
        if name == "there" and "session_id=" in remote.url:
            failed = {n: why for n, why in failed.items() if not is_known_of_sail(why)}
        assert failed == {}, name
    compiled = compile_(options["there"])
    with (
        open_build(compiled, folder / "here.duckdb") as here,
        open_warehouse(compiled, read_only=True) as there,
    ):
        tally = compare_built(compiled, here, there)
    assert (tally.different, tally.failed) == ({}, {})
    assert set(marts) <= set(tally.equal)


@needs_golden
@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("server", ["sail", "spark"], indirect=True)
def test_a_worked_example(server: Remote, name: str, tmp_path: Path) -> None:
    rows, values, marts = CASES[name]
    inputs = _write(tmp_path, rows())
    _compared(tmp_path, server, {**values, "inputs_path": inputs}, marts, Command.RUN)


@pytest.mark.parametrize("server", ["sail", "spark"], indirect=True)
def test_a_part_of_the_sample_with_its_data_tests(server: Remote, tmp_path: Path) -> None:
    _compared(tmp_path, server, {}, ("cohort_retention", "mrr_waterfall"), Command.BUILD)
