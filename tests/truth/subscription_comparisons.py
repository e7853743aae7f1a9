"""Results about subscriptions and our marts, side by side: the same form as comparisons.py.

The results write contraction and churn as negative amounts, the marts as positive ones.
"""

from __future__ import annotations

from pathlib import Path

from tests.truth.comparisons import Compared, Comparison, Warehouse, table

MONTHLY = "monthly_movements.csv"


def mrr_movements(warehouse: Warehouse, truth: Path) -> Compared:
    """Opening, each movement and closing of every month; revenue per paying customer."""
    return table(
        "mrr_movements",
        warehouse,
        truth / MONTHLY,
        keys=["month"],
        columns=[
            "opening_mrr",
            "new_mrr",
            "reactivation_mrr",
            "expansion_mrr",
            "contraction_mrr",
            "churn_mrr",
            "closing_mrr",
            "arpa",
            "quick_ratio",
        ],
        sql="""
            select
                month,
                opening_mrr,
                new_mrr,
                reactivation_mrr,
                expansion_mrr,
                -contraction_mrr as contraction_mrr,
                -churned_mrr as churn_mrr,
                closing_mrr,
                arpa,
                quick_ratio
            from marts.mrr_waterfall
            where view = 'native'
        """,
    )


def mrr_logos(warehouse: Warehouse, truth: Path) -> Compared:
    """Customers opening, new, back, lost and closing; the share lost."""
    return table(
        "mrr_logos",
        warehouse,
        truth / MONTHLY,
        keys=["month"],
        columns=[
            "opening_customers",
            "new_customers",
            "reactivated_customers",
            "churned_customers",
            "closing_customers",
            "logo_churn",
        ],
        sql="""
            select
                month,
                opening_customers,
                new_customers,
                reactivated_customers,
                churned_customers,
                closing_customers,
                customer_churn_rate as logo_churn
            from marts.logo_churn
            where basis = 'subscriptions' and segment_type = 'all'
        """,
    )


def mrr_rates(warehouse: Warehouse, truth: Path) -> Compared:
    """Net and gross revenue retention of one month, with and without reactivation."""
    return table(
        "mrr_rates",
        warehouse,
        truth / MONTHLY,
        keys=["month"],
        columns=["nrr", "nrr_incl_reactivation", "grr"],
        sql="""
            select
                month,
                nrr,
                1 - net_mrr_churn_rate_incl_reactivation as nrr_incl_reactivation,
                grr
            from marts.revenue_retention
            where view = 'native' and retention_window = '1m' and segment_type = 'all'
        """,
    )


def mrr_rates_12m(warehouse: Warehouse, truth: Path) -> Compared:
    """The customers of twelve months ago: what they pay now of what they paid then."""
    return table(
        "mrr_rates_12m",
        warehouse,
        truth / MONTHLY,
        keys=["month"],
        columns=["nrr_12m", "grr_12m"],
        sql="""
            select month, nrr as nrr_12m, grr as grr_12m
            from marts.revenue_retention
            where view = 'native' and retention_window = '12m' and segment_type = 'all'
        """,
    )


def mrr_customer_months(warehouse: Warehouse, truth: Path) -> Compared:
    """Every month of every customer who pays or has just stopped: amount and category."""
    return table(
        "mrr_customer_months",
        warehouse,
        truth / "customer_months.csv",
        keys=["customer_id", "month"],
        columns=["mrr", "previous_mrr", "change", "category"],
        sql="""
            select
                customer_id,
                month,
                mrr,
                prior_mrr as previous_mrr,
                mrr - prior_mrr as change,
                coalesce(movement_type, 'unchanged') as category
            from marts.fct_mrr_customer_month
            where mrr > 0 or prior_mrr > 0
        """,
    )


def mrr_cohort_cells(warehouse: Warehouse, truth: Path) -> Compared:
    """Customers by the month of their first MRR: who still pays, and what."""
    return table(
        "mrr_cohort_cells",
        warehouse,
        truth / "cohort_retention.csv",
        keys=["cohort_month", "period"],
        columns=["cohort_size", "active_customers", "logo_retention", "mrr", "mrr_retention"],
        sql="""
            select
                cohort_month,
                period_number as period,
                cohort_size,
                active_customers,
                customer_retention_rate as logo_retention,
                mrr,
                net_mrr_retention as mrr_retention
            from marts.mrr_cohorts
            where view = 'native'
        """,
    )


SUBSCRIPTION_COMPARISONS: dict[str, Comparison] = {
    comparison.__name__: comparison
    for comparison in (
        mrr_movements,
        mrr_logos,
        mrr_rates,
        mrr_rates_12m,
        mrr_customer_months,
        mrr_cohort_cells,
    )
}
