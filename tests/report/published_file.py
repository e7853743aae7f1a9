"""A small published file with a row of everything the report shows, written by hand.

The tables have the columns and types of the contracts in models/marts, so a report that asks for a column which
is no longer there fails here. MRR is the worked example of the metric definitions (six months, US dollars), with
the last month cut off at the fifteenth; the rest are small round numbers with NULLs, zeros, few customers, cohorts
cut off on the left and texts that are no HTML.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb
import yaml

from tests.conftest import CHECKOUT

AS_OF = "2024-06-15"
NASTY = "<script>alert('x')</script> & \"co\""
MONTHS = [f"2024-{n:02d}-01" for n in range(1, 7)]
Row = dict[str, Any]

_EXTRA = {
    "build_info": "build_id varchar, as_of varchar, built_at timestamp, git_revision varchar, project varchar,"
    " duckdb_version varchar, package_version varchar, tests_version varchar",
    "test_results": "name varchar, kind varchar, status varchar, failures bigint, message varchar, model varchar",
    "published_tables": "table_name varchar, data_version varchar, rows bigint, build_id varchar,"
    " description_version varchar",
}


@cache
def contracts() -> dict[str, dict[str, str]]:
    """mart -> {column: type}, as the .yml files say."""
    found: dict[str, dict[str, str]] = {}
    for folder in ("models/marts", "models/audit"):
        for path in sorted((CHECKOUT / folder).rglob("*.yml")):
            for model in yaml.load(path.read_text(), Loader=yaml.CSafeLoader).get("models", []):
                columns = {c["name"]: c["data_type"] for c in model.get("columns", [])}
                found[model["name"]] = columns
    return found


@cache
def _empty() -> bytes:
    """A file with all marts and no row, made once."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "retention.duckdb"
        tables = [
            f'create table marts."{name}" ('
            + ", ".join(f'"{c}" {kind}' for c, kind in columns.items())
            + ")"
            for name, columns in contracts().items()
            if columns
        ]
        tables += [f"create table marts.{name} ({columns})" for name, columns in _EXTRA.items()]
        with duckdb.connect(str(path)) as con:
            con.execute("begin; create schema marts;" + ";".join(tables) + "; commit")
        return path.read_bytes()


def write(path: Path, rows: Mapping[str, Iterable[Row]]) -> Path:
    """A file with all marts; those that `rows` does not name are empty."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_bytes(_empty())
    with duckdb.connect(str(path)) as con:
        con.execute("begin")
        for mart, given in rows.items():
            for names, group in groupby(given, tuple):
                values = [tuple(row.values()) for row in group]
                head = ", ".join(f'"{name}"' for name in names)
                marks = ", ".join(["(" + ", ".join("?" * len(names)) + ")"] * len(values))
                con.execute(
                    f'insert into marts."{mart}" ({head}) values {marks}',
                    [value for row in values for value in row],
                )
        con.execute("commit")
    return path


def everything() -> dict[str, list[Row]]:
    return {**build(), **subscriptions(), **orders(), **product(), **voice(), **proofs()}


def build() -> dict[str, list[Row]]:
    return {
        "build_info": [
            {
                "build_id": "b" * 32,
                "as_of": AS_OF,
                "built_at": "2024-06-15 04:00:00",
                "git_revision": "c" * 40,
                "project": f"shop {NASTY}",
                "package_version": "0.1.0",
            }
        ]
    }


# opening, new, reactivation, expansion, contraction, churn, closing; NRR, GRR; the worked example
_MRR = (
    (50, 255, 0, 0, 0, 0, 305, 1, 1),
    (305, 108, 0, 15, 0, 0, 428, 320 / 305, 1),
    (428, 45, 0, 30, 0, 30, 473, 1, 398 / 428),
    (473, 0, 0, 0, 100, 0, 373, 373 / 473, 373 / 473),
    (373, 0, 40, 10, 0, 35, 388, 348 / 373, 338 / 373),
    (388, 0, 0, 60, 0, 50, 398, None, None),
)
# opening, new, reactivated, churned by choice, by failed payment, closing
_LOGOS = (
    (1, 5, 0, 0, 0, 6),
    (6, 4, 0, 0, 0, 10),
    (10, 1, 0, 1, 0, 10),
    (10, 0, 0, 0, 0, 10),
    (10, 0, 1, 0, 1, 10),
    (10, 0, 0, 1, 0, 9),
)


def _is_complete(month: str) -> bool:
    return month < "2024-06-01"


def subscriptions() -> dict[str, list[Row]]:
    names = ["opening_mrr", "new_mrr", "reactivation_mrr", "expansion_mrr", "contraction_mrr"]
    names += ["churned_mrr", "closing_mrr"]
    waterfall = [
        {
            "month": month,
            "currency": "USD",
            "view": "reporting",
            "fx_mrr": 0,
            "paying_customers": 8,
            "quick_ratio": 2.5 if month == "2024-03-01" else None,
            "is_complete": _is_complete(month),
            **dict(zip(names, values, strict=False)),
        }
        for month, values in zip(MONTHS, _MRR, strict=True)
    ]
    retention = [
        {
            "month": month,
            "view": "reporting",
            "currency": "USD",
            "retention_window": "1m",
            "base_month": f"{int(month[:4]) - (month[5:7] == '01')}-{(int(month[5:7]) - 2) % 12 + 1:02d}-01",
            "is_in_history": month > "2024-01-01",
            "segment_type": "all",
            "segment": "all",
            "base_customers": 8,
            "opening_mrr": values[0],
            "expansion_mrr": values[3],
            "contraction_mrr": values[4],
            "churned_mrr": values[5],
            "nrr": values[7],
            "grr": values[8],
            "nrr_partial": values[7] or 398 / 388,
            "grr_partial": values[8] or 338 / 388,
            "is_complete": _is_complete(month),
            "is_low_n": False,
        }
        for month, values in zip(MONTHS, _MRR, strict=True)
    ]
    logos = [
        {
            "month": month,
            "basis": "subscriptions",
            "segment_type": "all",
            "segment": "all",
            "opening_customers": opening,
            "new_customers": new,
            "reactivated_customers": back,
            "churned_customers": chosen + failed,
            "churned_customers_voluntary": chosen,
            "churned_customers_involuntary": failed,
            "churned_customers_other": 0,
            "closing_customers": closing,
            "customer_churn_rate": (chosen + failed) / opening if _is_complete(month) else None,
            "customer_churn_rate_partial": (chosen + failed) / opening,
            "is_complete": _is_complete(month),
            "is_low_n": opening < 5,
        }
        for month, (opening, new, back, chosen, failed, closing) in zip(MONTHS, _LOGOS, strict=True)
    ]
    cohorts = [
        {
            "cohort_month": MONTHS[start],
            "period_number": period,
            "month": MONTHS[start + period],
            "view": "reporting",
            "currency": "USD",
            "cohort_size": 5,
            "active_customers": 5 - period,
            "first_mrr": 100,
            "mrr": 100 - 12.5 * period,
            "net_mrr_retention": 1 - period / 8 if start + period < 5 else None,
            "net_mrr_retention_partial": 1 - period / 8,
            "is_complete": start + period < 5,
            "is_low_n": False,
        }
        for start in range(6)
        for period in range(6 - start)
    ]
    survival = [
        {
            "event": "churn",
            "segment_type": "all",
            "segment": "all",
            "t": day,
            "subjects": 10,
            "at_risk": 10 - i,
            "events": 1 if day else 0,
            "survival": 1 - i / 10,
            "event_probability": i / 10,
            "survival_low_95": None if not i else 1 - i / 10 - 0.09,
            "survival_high_95": None if not i else 1 - i / 10 + 0.05,
            "median_days": None,
        }
        for i, day in enumerate((0, 30, 61, 92, 150))
    ]
    return {
        "mrr_waterfall": waterfall,
        "revenue_retention": retention,
        "logo_churn": logos,
        "mrr_cohorts": cohorts,
        "survival_curves": survival,
        "fct_mrr_movements": [{"customer_id": "c1", "occurred_date": "2024-06-10"}],
    }


def orders() -> dict[str, list[Row]]:
    cells: list[Row] = [
        {
            "entity": "order",
            "cohort_grain": "month",
            "cohort_start": MONTHS[start],
            "dimension": "all",
            "value": "all",
            "period_number": period,
            "period_start": MONTHS[start + period],
            "cohort_size": 40 + start,
            "eligible_size": 40 + start,
            "retained_n_period": (40 + start) // (period + 1),
            "retained_n_period_eligible": (40 + start) // (period + 1),
            "retained_rolling_eligible": (40 + start) // (period + 1) + (period > 0),
            "retention_rate": ((40 + start) // (period + 1)) / (40 + start)
            if start + period < 5
            else None,
            "retention_rate_partial": ((40 + start) // (period + 1)) / (40 + start),
            "is_complete": start + period < 5,
            "is_low_n": False,
            "is_left_censored": start == 0,
        }
        for start in range(6)
        for period in range(6 - start)
    ]
    revenue = [
        {
            "cohort_month": cell["cohort_start"],
            "period_number": cell["period_number"],
            "period_start": cell["period_start"],
            "cohort_size": cell["cohort_size"],
            "active_customers": cell["retained_n_period"],
            "net_revenue": 25.5 * cell["retained_n_period"],
            "cumulative_net_revenue": 1000 + 100 * cell["period_number"],
            "cumulative_ltv": 25 + 2.125 * cell["period_number"],
            "currency": "USD",
            "is_complete": cell["is_complete"],
            "is_left_censored": cell["is_left_censored"],
        }
        for cell in cells
    ]
    grid = [
        ("Champions", 5, 5, 4),
        ("At Risk", 2, 4, 3),
        ("Lost", 1, 1, 6),
        ("New Customers", 5, 1, 1),
    ]
    rfm = [
        {
            "snapshot_month": month,
            "snapshot_date": until,
            "customer_id": f"{segment}-{n}",
            "segment": segment,
            "r": r,
            "f": fm,
            "m": fm,
            "fm": fm,
            "monetary": 10.25 * fm,
            "currency": "USD",
            "is_current": month == "2024-06-01",
            "is_complete": month < "2024-06-01",
        }
        for month, until in (("2024-05-01", "2024-06-01"), ("2024-06-01", AS_OF))
        for segment, r, fm, size in grid
        for n in range(size + (month == "2024-06-01"))
    ]
    rfm += [
        {
            "snapshot_month": "2024-06-01",
            "snapshot_date": AS_OF,
            "customer_id": "nobody",
            "segment": "Prospects",
            "monetary": 0,
            "currency": "USD",
        }
    ]
    ladder = [
        {
            "order_number": n,
            "window_days": window,
            "segment_type": "all",
            "segment": "all",
            "customers_reached": 40 // n,
            "customers_next": 40 // (n + 1),
            "p_next_raw": (40 // (n + 1)) / (40 // n),
            "mature_customers": 30 // n if n < 4 else 0,
            "next_within_window": 20 // n if n < 4 else 0,
            "p_next_window": 2 / 3 if n < 4 else None,
            "p_next_km": 0.61,
            "is_low_n": n > 3,
        }
        for n in range(1, 6)
        for window in (30, 90)
    ]
    gaps = [
        {
            "segment_type": "all",
            "segment": "all",
            "order_number": n,
            "gaps": 90 - n,
            "mean_days": 40.5,
            "p25_days": 10.25,
            "median_days": 30.0 + n,
            "p75_days": 60.0,
            "p90_days": 100.0,
            "is_low_n": False,
        }
        for n in range(4)
    ]
    life = [_life("order", month, n) for n, month in enumerate(MONTHS)]
    stages = [
        {"customer_id": f"c{n}", "stage": stage, "net_revenue": 12.5 * n, "currency": "USD"}
        for n, stage in enumerate(["active"] * 5 + ["at_risk"] * 3 + ["prospect"])
    ]
    versus = [
        {
            "period_grain": "month",
            "period_start": month,
            "period_end": _end(month),
            "active_customers": 40,
            "returning_customers": 20 + n,
            "returning_customer_rate": (20 + n) / 40 if _is_complete(month) else None,
            "returning_customer_rate_partial": (20 + n) / 40,
            "currency": "USD",
            "is_complete": _is_complete(month),
            "is_low_n": False,
        }
        for n, month in enumerate(MONTHS)
    ]
    return {
        "cohort_retention": cells,
        "cohort_revenue": revenue,
        "rfm_segments": rfm,
        "repeat_purchase_ladder": ladder,
        "interpurchase_time": gaps,
        "user_lifecycle": life,
        "customer_lifecycle": stages,
        "new_vs_returning": versus,
        "fct_orders": [{"order_id": "o1", "order_date": "2024-06-14"}],
    }


def _end(month: str) -> str:
    return f"2024-{int(month[5:7]) + 1:02d}-01"


def _life(entity: str, month: str, n: int) -> Row:
    return {
        "entity": entity,
        "period_grain": "month",
        "period_start": month,
        "period_end": _end(month),
        "new_users": 10 + n,
        "returning_users": 5 * n,
        "resurrected_users": n,
        "active_users": 10 + 7 * n,
        "dormant_users": 2 * n,
        "pulse": (10 + 2 * n) / (2 * n) if n and _is_complete(month) else None,
        "returning_rate": 0.5 if n and _is_complete(month) else None,
        "is_complete": _is_complete(month),
        "is_low_n": False,
    }


def product() -> dict[str, list[Row]]:
    actions = [
        {
            "action": action,
            "n": n,
            "window_days": 10,
            "eligible": 7,
            "activated": 4,
            "retention_activated": 0.75,
            "retention_not_activated": 1 / 3,
            "difference": 0.75 - 1 / 3,
            "difference_low_95": -0.2 if action == "invite" else 0.05,
            "difference_high_95": 0.9,
            "phi": phi,
            "is_best": action == "add_friend",
            "is_best_of_action": True,
            "is_low_n": True,
        }
        for action, n, phi in (("add_friend", 7, 0.416667), ("invite", 1, 0.1))
    ]
    funnel = [
        {
            "signup_month": month,
            "step_number": step,
            "step": name,
            "signups": 10,
            "users": 10 // step,
            "signup_rate": (10 // step) / 10 if month < "2024-05-01" else None,
            "signup_rate_partial": (10 // step) / 10,
            "is_complete": month < "2024-05-01",
            "is_low_n": False,
        }
        for month in MONTHS[2:]
        for step, name in ((1, "signup"), (2, "set_up"), (3, "habit"))
    ]
    accounts = [
        {
            "account_id": f"a{n}",
            "date": AS_OF,
            "is_current": True,
            "name": name,
            "health_score": score,
            "health_band": band,
            "coverage": coverage,
            "active_users": n,
            "seats_purchased": 5,
            "is_single_champion": n == 1,
            "renewal_date": "2024-12-31",
            "days_to_renewal": 199,
            "champion_user_id": "user-whom-nobody-may-see",
        }
        for n, (name, score, band, coverage) in enumerate(
            [(NASTY, 12.5, "red", 0.65), ("Office", 80.0, "green", 1.0), ("Quiet", None, None, 0.0)]
        )
    ]
    signs = [
        {
            "entity_type": kind,
            "entity_id": who,
            "signal": signal,
            "date": AS_OF,
            "is_current": True,
            "limit_value": -0.3,
        }
        for kind, who, signal in (
            ("customer", "customer-whom-nobody-may-see", "logins_down"),
            ("customer", "c2", "logins_down"),
            ("account", "a1", "logins_down"),
            ("customer", "c2", "overdue_order"),
        )
    ]
    return {
        "activation": actions,
        "activation_funnel": funnel,
        "account_health": accounts,
        "warning_signs": signs,
    }


def voice() -> dict[str, list[Row]]:
    quarters = [
        ("2023-10-01", "2024-01-01", 4, 3, 3),
        ("2024-01-01", "2024-04-01", 4, 3, 3),
        ("2024-04-01", "2024-07-01", 2, 0, 1),
    ]
    nps = [
        {
            "grain": "quarter",
            "period_start": start,
            "period_end": end,
            "segment_type": "all",
            "segment": "all",
            "responses": yes + so + no,
            "promoters": yes,
            "passives": so,
            "detractors": no,
            "nps": 10.0 if end <= AS_OF else None,
            "nps_partial": 10.0 if end <= AS_OF else 100 / 3,
            "margin_95": 51.484988,
            "surveys_sent": 30,
            "response_rate": 1 / 3 if end <= AS_OF else None,
            "is_complete": end <= AS_OF,
            "is_low_n": False,
        }
        for start, end, yes, so, no in quarters
    ]
    # the worked example: 80 of 1000 against 12 of 250
    compared = {
        "campaign_id": "k1",
        "variant": "all",
        "name": f"Spring {NASTY}",
        "channel": "email",
        "started_at": "2024-03-01 08:00:00",
        "treated_customers": 1000,
        "treated_conversion_rate": 0.08,
        "holdout_customers": 250,
        "holdout_conversion_rate": 0.048,
        "conversion_rate_difference": 0.032,
        "difference_ci_low": 0.000616,
        "difference_ci_high": 0.063384,
        "incremental_revenue": 812.5,
        "cost": 100,
        "cost_per_incremental_order": 3.125,
        "currency": "USD",
        "comparison_status": "ok",
        "is_complete": True,
        "is_low_n": False,
    }
    alone = {
        "campaign_id": "k2",
        "variant": "all",
        "name": "To everybody",
        "channel": "sms",
        "started_at": "2024-04-01 08:00:00",
        "treated_customers": 80,
        "treated_conversion_rate": 0.1,
        "holdout_customers": 0,
        "currency": "USD",
        "comparison_status": "no_holdout",
        "is_complete": True,
        "is_low_n": False,
    }
    return {"nps": nps, "campaign_performance": [compared, alone]}


def proofs() -> dict[str, list[Row]]:
    return {
        "metric_reconciliation": [
            {
                "check_name": "good",
                "description": "What came in is there.",
                "model": "stg_orders",
                "expected": 10,
                "actual": 10,
                "difference": 0,
                "tolerance": 0,
                "is_ok": True,
                "offenders": 0,
                "offender_sample": "customer-whom-nobody-may-see",
            },
            {
                "check_name": "bad",
                "description": "Adds up.",
                "model": "mrr_waterfall",
                "expected": 10,
                "actual": 9.5,
                "difference": -0.5,
                "tolerance": 0,
                "is_ok": False,
                "offenders": 1,
            },
        ],
        "metric_policies": [
            {
                "switch": switch,
                "value": value,
                "default_value": default,
                "is_default": value == default,
                "description": "What it decides.",
            }
            for switch, value, default in (
                ("min_cell_size", "5", "5"),
                ("retention_clock", "calendar", "calendar"),
                ("pause_policy", "churn", "contraction"),
            )
        ],
        "test_results": [
            {"name": "unique", "kind": "data test", "status": "ok", "failures": 0, "model": "a"},
            {
                "name": "holdouts_are_as_large_as_planned",
                "kind": "data test",
                "status": "warn",
                "failures": 2,
                "message": NASTY,
                "model": "campaign_performance",
            },
        ],
        "published_tables": [
            {"table_name": "nps", "rows": 3, "build_id": "b" * 32},
            {"table_name": "trials", "rows": 0, "build_id": "a" * 32},
        ],
    }
