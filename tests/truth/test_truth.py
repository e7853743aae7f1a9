"""The marts equal independent results on public data, cell by cell."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.conftest import pipeline
from tests.truth import data
from tests.truth.activity_comparisons import ACTIVITY_COMPARISONS
from tests.truth.cases import CASES, BuildError, Case, build, prepare
from tests.truth.comparisons import COMPARISONS, Warehouse
from tests.truth.subscription_comparisons import SUBSCRIPTION_COMPARISONS
from tests.truth.subscription_data import write_subscriptions

SHARED = data.folder()
needs_data = pytest.mark.skipif(SHARED is None, reason=data.ABSENT)
EVERY_COMPARISON = COMPARISONS | SUBSCRIPTION_COMPARISONS | ACTIVITY_COMPARISONS
BY_NAME = {case.name: case for case in CASES}


COMPARED = [
    pytest.param(case.name, comparison, id=f"{case.name}-{comparison}")
    for case in CASES
    for comparison in case.comparisons
]


class Builds:
    """One database per case, built when first asked for; a build that failed is not tried again."""

    def __init__(self, factory: pytest.TempPathFactory) -> None:
        self.factory = factory
        self.warehouses: dict[str, Warehouse] = {}
        self.failures: dict[str, str] = {}

    def warehouse(self, case: Case, shared: Path) -> Warehouse:
        """The open database of the case."""
        if case.name in self.failures:
            pytest.fail(f"the build of {case.name} failed before: {self.failures[case.name]}")
        if case.name not in self.warehouses:
            try:
                database = build(case, shared, self.factory.mktemp(case.name))
            except BuildError as error:
                self.failures[case.name] = str(error).splitlines()[0]
                raise
            self.warehouses[case.name] = Warehouse(database)
        return self.warehouses[case.name]


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Builds]:
    """The databases that the comparisons of one case share."""
    kept = Builds(tmp_path_factory)
    yield kept
    for warehouse in kept.warehouses.values():
        warehouse.close()


@pytest.mark.slow
@needs_data
@pytest.mark.parametrize(("name", "comparison"), COMPARED)
def test_marts_equal_independent_results(name: str, comparison: str, builds: Builds) -> None:
    assert SHARED is not None
    case = BY_NAME[name]
    compared = EVERY_COMPARISON[comparison](
        builds.warehouse(case, SHARED), SHARED / "truth" / case.truth
    )
    assert compared.expected, "the result file has nothing to compare"
    assert compared.differences[:10] == []


@needs_data
@pytest.mark.slow
def test_the_end_of_the_data_is_told_from_churn(tmp_path: Path) -> None:
    """Every period of mrr_playbook has an end, so its last months show a churn that never was."""
    assert SHARED is not None
    variables = prepare(BY_NAME["mrr_playbook"], SHARED, tmp_path)
    done = pipeline(
        "build",
        "--project-dir",
        str(data.CHECKOUT),
        "--select",
        "+stg_subscriptions",
        "--vars",
        json.dumps(variables),
        cwd=tmp_path,
        RETENTION_WAREHOUSE=str(tmp_path / "build.duckdb"),
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "warn" in said
    assert "assert_subscriptions_do_not_all_end" in said
    assert "last_valid_to=2020-02-01 00:00:00" in said


def test_cdnow_rows_become_orders(tmp_path: Path) -> None:
    """Both published layouts: a header and leading blanks; a second customer number."""
    source = tmp_path / "CDNOW_master.txt"
    source.write_text(
        " customer_id  date number_of_cds  dollar_value\r\n"
        " 00001 19970101  1   11.77\r\n"
        " 00002 19970112  1   12.00\r\n"
        " 00002 19970112  5   77.00\r\n",
        encoding="ascii",
    )
    target = tmp_path / "orders.csv"
    data.write_cdnow_orders(source, target, by_day=False)
    assert [row["subtotal_amount"] for row in data.read(target)] == ["11.77", "12.00", "77.00"]
    data.write_cdnow_orders(source, target, by_day=True)
    assert [
        (row["order_id"], row["customer_id"], row["ordered_at"], Decimal(row["subtotal_amount"]))
        for row in data.read(target)
    ] == [
        ("000001", "00001", "1997-01-01 00:00:00", Decimal("11.77")),
        ("000002", "00002", "1997-01-12 00:00:00", Decimal("89.00")),
    ]
    source.write_text(" 00004 0001 19970118  2   29.73\r\n", encoding="ascii")
    purchases = list(data.cdnow_purchases(source))
    assert [(row.customer, row.day) for row in purchases] == [("00004", "1997-01-18")]


def test_periods_become_intervals(tmp_path: Path) -> None:
    """Exclusive ends stand as they are, inclusive ones a day later; no time, no row; trials."""
    header = "subscription_id,account_id,start_date,end_date,mrr_amount,is_trial,plan_tier\n"
    (tmp_path / "ravenstack_subscriptions.csv").write_text(
        f"{header}a,A,2024-01-01,2024-02-29,10,FALSE,Pro\n"
        "b,A,2024-03-05,2024-03-05,10,FALSE,Pro\n"
        "c,B,2024-03-05,,0,TRUE,Pro\n"
    )
    shown = {}
    for truth in ("v1_end_exclusive", "v2_end_inclusive"):
        target = tmp_path / f"{truth}.csv"
        write_subscriptions(tmp_path, f"ravenstack/{truth}", target)
        shown[truth] = [
            (row["subscription_id"], row["status"], row["valid_to"]) for row in data.read(target)
        ]
    assert shown["v1_end_exclusive"] == [
        ("a", "active", "2024-02-29 00:00:00"),
        ("c", "trialing", ""),
    ]
    assert shown["v2_end_inclusive"] == [
        ("a", "active", "2024-03-01 00:00:00"),
        ("b", "active", "2024-03-06 00:00:00"),
        ("c", "trialing", ""),
    ]
