"""Which build equals which result: data set, cleaning variant, and the vars that select it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.truth import data
from tests.truth.activity_data import write_ecom_events, write_telco_subscriptions
from tests.truth.subscription_data import MAPPINGS, write_subscriptions

ADAPTERS = dict.fromkeys(
    ("customers", "orders", "order_lines", "products", "refunds"), "online_retail"
)
# The results know neither discounts nor refunds: an order is worth its kept lines.
GROSS: dict[str, object] = {
    "order_revenue_basis": "gross",
    "exclude_fully_refunded_orders": False,
}
PRODUCTS_ONLY: dict[str, object] = {**GROSS, "merchandise_only": True}
# Net of returns: what v1 sold less what the cancellations took back.
NET: dict[str, object] = {**GROSS, "order_revenue_basis": "net_product"}
DAYS: dict[str, object] = {"repeat_windows": [0, 1, 7, 14, 30, 60, 90, 120, 180, 270, 365]}
# The results call a customer of N days ago eligible when N days before the LAST ORDER's day; a cut
# in the evening of that day says the same.
RETAIL_LAST_EVENING: dict[str, object] = {**GROSS, **DAYS, "as_of": "2011-12-09 23:00:00"}
SAMPLE_LAST_EVENING: dict[str, object] = {**GROSS, **DAYS, "as_of": "2011-12-08 23:00:00"}
# The results look back from the day after the last order; the sample's is a day earlier.
AFTER_SAMPLE: dict[str, object] = {"as_of": "2011-12-09"}
CDNOW_LAST_EVENING: dict[str, object] = {**DAYS, "as_of": "1998-06-30 23:00:00"}


@dataclass(frozen=True)
class Case:
    """One build (of everything, or of `marts` and what they need) and the results it must equal."""

    name: str
    source: str
    truth: str
    comparisons: tuple[str, ...]
    variables: Mapping[str, object] = field(default_factory=dict)
    marts: tuple[str, ...] = ()


RETAIL = (
    "headline",
    "cohort_counts",
    "cohort_revenue",
    "retention_curve",
    "left_censoring",
    "monthly",
    "gaps",
    "next_order_probability",
    "rfm_tie_safe",
    "product_pairs",
)
CDNOW = tuple(name for name in RETAIL if name != "product_pairs")
SUBSCRIPTIONS = (
    "mrr_movements",
    "mrr_logos",
    "mrr_rates",
    "mrr_rates_12m",
    "mrr_customer_months",
    "mrr_cohort_cells",
)
REVENUE = (
    "fct_mrr_customer_month",
    "mrr_waterfall",
    "revenue_retention",
    "logo_churn",
    "mrr_cohorts",
)
RAW = "online_retail/online_retail_raw.csv.gz"
PARQUET = "online_retail/online_retail.parquet"
SAMPLE = "online_retail/online_retail_sample.csv"
V1, V2 = "v1_known_sales", "v2_products_only"
ROWS, CUSTOMER_DAYS = "v1_each_row_is_an_order", "v2_customer_day_is_an_order"

PURCHASE_STEPS = [
    "product_view",
    "add_to_cart",
    "cart",
    "shipping_details",
    "payment_details",
    "purchase",
]

CASES = (
    Case("retail_v1", RAW, f"online_retail/{V1}", (*RETAIL, "line_fates"), GROSS),
    Case("retail_v2", RAW, f"online_retail/{V2}", RETAIL, PRODUCTS_ONLY),
    Case(
        "retail_v4",
        PARQUET,
        "online_retail/v4_net_of_returns",
        ("net_of_returns", "net_of_returns_by_month"),
        NET,
        marts=("dim_customers", "fct_orders"),
    ),
    Case(
        "retail_order_days",
        PARQUET,
        f"online_retail/{V1}",
        ("gaps_between_order_days",),
        {**GROSS, "collapse_same_day_orders": True},
        marts=("interpurchase_time",),
    ),
    Case(
        "retail_ntile",
        PARQUET,
        f"online_retail/{V1}",
        ("rfm_ntile",),
        {**GROSS, "rfm_method": "ntile"},
        marts=("rfm_segments",),
    ),
    Case(
        "retail_repeat",
        PARQUET,
        f"online_retail/{V1}",
        ("repeat_within_days",),
        RETAIL_LAST_EVENING,
        marts=("repeat_purchase_ladder",),
    ),
    Case(
        "sample_v1",
        SAMPLE,
        f"online_retail_sample/{V1}",
        (*RETAIL, "line_fates"),
        {**GROSS, **AFTER_SAMPLE},
    ),
    Case(
        "sample_v2", SAMPLE, f"online_retail_sample/{V2}", RETAIL, {**PRODUCTS_ONLY, **AFTER_SAMPLE}
    ),
    Case(
        "sample_repeat",
        SAMPLE,
        f"online_retail_sample/{V1}",
        ("repeat_within_days",),
        SAMPLE_LAST_EVENING,
        marts=("repeat_purchase_ladder",),
    ),
    Case("cdnow_sample_v1", "cdnow/CDNOW_sample.txt", f"cdnow/sample/{ROWS}", CDNOW),
    Case(
        "cdnow_sample_v2",
        "cdnow/CDNOW_sample.txt",
        f"cdnow/sample/{CUSTOMER_DAYS}",
        (*CDNOW, "gaps_between_order_days"),
    ),
    Case(
        "cdnow_sample_repeat",
        "cdnow/CDNOW_sample.txt",
        f"cdnow/sample/{CUSTOMER_DAYS}",
        ("repeat_within_days",),
        CDNOW_LAST_EVENING,
        marts=("repeat_purchase_ladder",),
    ),
    Case("cdnow_master_v1", "cdnow/CDNOW_master.txt", f"cdnow/master/{ROWS}", CDNOW),
    Case(
        "cdnow_master_v2",
        "cdnow/CDNOW_master.txt",
        f"cdnow/master/{CUSTOMER_DAYS}",
        (*CDNOW, "gaps_between_order_days"),
    ),
    Case(
        "cdnow_master_repeat",
        "cdnow/CDNOW_master.txt",
        f"cdnow/master/{CUSTOMER_DAYS}",
        ("repeat_within_days",),
        CDNOW_LAST_EVENING,
        marts=("repeat_purchase_ladder",),
    ),
    # every other switch has its default: changes are month-end against month-end, a subscription
    # ends when it ends; the results end with the last whole month
    Case(
        "mrr_playbook",
        "mrr_playbook",
        "mrr_playbook",
        SUBSCRIPTIONS,
        {"as_of": "2020-03-01"},
        marts=REVENUE,
    ),
    Case(
        "ravenstack_v1",
        "ravenstack",
        "ravenstack/v1_end_exclusive",
        SUBSCRIPTIONS,
        {"as_of": "2025-01-01"},
        marts=REVENUE,
    ),
    Case(
        "ravenstack_v2",
        "ravenstack",
        "ravenstack/v2_end_inclusive",
        SUBSCRIPTIONS,
        {"as_of": "2025-01-01"},
        marts=REVENUE,
    ),
    # the results know no classes of events: every visit counts, the day after the last event is over
    Case(
        "ecom_events",
        "ecom_events/ecom.csv.gz",
        "ecom_events",
        ("n_day_retention", "weekly_cohorts", "funnel", "visits"),
        {"as_of": "2024-06-30", "funnels": {"purchase": PURCHASE_STEPS}},
        marts=("cohort_retention", "event_funnel", "int_sessions"),
    ),
    # the last month's result counts its whole calendar month
    Case(
        "ecom_months",
        "ecom_events/ecom.csv.gz",
        "ecom_events",
        ("monthly_active",),
        {"as_of": "2024-07-01"},
        marts=("engagement",),
    ),
    Case(
        "telco_churn",
        "telco_churn/Telco-Customer-Churn.csv",
        "telco_churn",
        ("survival",),
        {"as_of": "2024-01-01"},
        marts=("survival_curves",),
    ),
)


def prepare(case: Case, shared: Path, workdir: Path) -> dict[str, object]:
    """Put the inputs of the case into workdir/inputs and return the vars of its build."""
    inputs = workdir / "inputs"
    inputs.mkdir(parents=True)
    source = shared / case.source
    if source.suffix == ".txt":
        by_day = case.truth.endswith(CUSTOMER_DAYS)
        data.write_cdnow_orders(source, inputs / "orders.csv", by_day=by_day)
        variables: dict[str, object] = {"as_of": "1998-07-01"}
    elif case.truth == "ecom_events":
        write_ecom_events(source.with_suffix(""), inputs / "events.csv")
        variables = {}
    elif case.truth == "telco_churn":
        write_telco_subscriptions(source, inputs / "subscriptions.csv")
        variables = {"reporting_currency": "USD"}
    elif case.truth in MAPPINGS:
        write_subscriptions(source, case.truth, inputs / "subscriptions.csv")
        variables = {"reporting_currency": "USD"}
    else:
        # read in place; the name of the file tells the loader which table it is
        (inputs / source.name).symlink_to(source)
        variables = {"as_of": "2011-12-10", "adapters": ADAPTERS}
    return {**variables, "inputs_path": str(inputs), **case.variables}


class BuildError(AssertionError):
    """The build of a case failed; the message is what it printed."""


def build(case: Case, shared: Path, workdir: Path) -> Path:
    """Build the case with the command line as a user would; returns the database with the marts."""
    variables = prepare(case, shared, workdir)
    warehouse = workdir / "warehouse" / "build.duckdb"
    warehouse.parent.mkdir()
    # part of the models alone: their data tests may need the rest
    command = [sys.executable, "-m", "retention_pipeline", "run" if case.marts else "build"]
    command += ["--project-dir", str(data.CHECKOUT), "--vars", json.dumps(variables)]
    for mart in case.marts:
        command += ["--select", f"+{mart}"]
    done = subprocess.run(
        command,
        cwd=workdir,
        env={**os.environ, "RETENTION_WAREHOUSE": str(warehouse), "PYTHONPATH": str(data.CHECKOUT)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise BuildError(f"{case.name}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}")
    return warehouse
