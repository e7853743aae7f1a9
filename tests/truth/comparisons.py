"""Each function reads a result file and our mart and returns the cells side by side.

Nothing here is computed by the project's models except what a `select` names: sums and shares over
the rows of a mart are written out, so that a reader sees what is compared with what.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from tests.truth import data

TOLERANCE = 1e-6  # the result files are rounded to 6 or 8 decimals, money is exact
Cell = tuple[object, ...]
Value = float | str | None
Cells = dict[Cell, Value]


@dataclass(frozen=True)
class Compared:
    """The cells of one comparison: the other's value against ours."""

    name: str
    expected: Cells
    actual: Cells

    @property
    def differences(self) -> list[str]:
        """One line for each cell that is missing, extra or different."""
        lines = []
        for cell in sorted(self.expected.keys() | self.actual.keys(), key=repr):
            want, have = self.expected.get(cell, "no cell"), self.actual.get(cell, "no cell")
            if not same(want, have):
                lines.append(f"{self.name} {cell}: expected {want}, the mart says {have}")
        return lines

    @property
    def largest_difference(self) -> float:
        """Over the numeric cells that both have."""
        pairs = (
            (self.expected[cell], self.actual[cell]) for cell in self.expected & self.actual.keys()
        )
        return max(
            (abs(a - b) for a, b in pairs if isinstance(a, float) and isinstance(b, float)),
            default=0.0,
        )


def same(want: Value, have: Value) -> bool:
    """Equal text, both NULL, or numbers within the tolerance."""
    if isinstance(want, float) and isinstance(have, float):
        return want == have or abs(want - have) <= TOLERANCE
    return want == have


def value(text: object) -> Value:
    """A cell of a file or a database: a number where it is one, None where it is empty."""
    if text is None or text == "":
        return None
    try:
        return float(str(text))
    except ValueError:
        return str(text)


def from_rows(rows: list[Mapping[str, object]], keys: list[str], columns: list[str]) -> Cells:
    """{(key values..., column): value} of the rows."""
    return {
        (*(key_text(row[key]) for key in keys), column): value(row[column])
        for row in rows
        for column in columns
    }


def key_text(key: object) -> str:
    """Keys compare as text; a customer number is one with or without leading zeros."""
    text = str(key)
    return str(int(text)) if text.isdigit() and len(text) < 10 else text


class Warehouse:
    """Read access to a built database."""

    def __init__(self, path: Path) -> None:
        self.connection = duckdb.connect(str(path), read_only=True)

    def rows(self, sql: str) -> list[Mapping[str, object]]:
        """The result as dictionaries."""
        cursor = self.connection.execute(sql)
        names = [column[0] for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def close(self) -> None:
        """Release the file."""
        self.connection.close()


Comparison = Callable[[Warehouse, Path], Compared]


def table(
    name: str,
    warehouse: Warehouse,
    truth: Path,
    *,
    keys: list[str],
    columns: list[str],
    sql: str,
    only: Callable[[Mapping[str, str]], bool] = lambda row: True,
) -> Compared:
    """Compare `columns` of the result file with the same columns of a query, matched on `keys`."""
    expected = [row for row in data.read(truth) if only(row)]
    return Compared(
        name,
        from_rows(list(expected), keys, columns),
        from_rows(warehouse.rows(sql), keys, columns),
    )


def headline(warehouse: Warehouse, truth: Path) -> Compared:
    """The scalars: orders, buyers, revenue, repeat rate, shares, medians, dormancy."""
    facts = warehouse.rows(
        """
        with
            orders as (select * from marts.fct_orders where customer_id is not null),
            customers as (
                select customer_id, count(*) as orders, sum(net_revenue) as revenue
                from orders
                group by customer_id
            ),
            ranked as (
                select
                    *,
                    row_number() over (order by revenue desc nulls last, customer_id) as place,
                    count(*) over () as buyers
                from customers
            )
        select
            (select count(*) from orders) as orders,
            (select count(*) from customers) as customers,
            (select sum(net_revenue) from orders) as revenue,
            (select min(ordered_at) from orders) as first_order_ts,
            (select max(ordered_at) from orders) as last_order_ts,
            (select sum(net_revenue)::double / count(*) from orders) as aov_mean,
            (select median(net_revenue::double) from orders) as aov_median,
            (select count(*) from customers where orders > 1) as repeat_customers,
            (select count(*)::double from orders) / (select count(*) from customers)
                as orders_per_customer,
            (select sum(revenue)::double / count(*) from customers) as revenue_per_customer,
            (select sum(revenue)::double from ranked where place <= ceil(buyers / 100.0))
                / (select sum(net_revenue) from orders) as revenue_share_top_1pct,
            (select sum(revenue)::double from ranked where place <= ceil(buyers / 10.0))
                / (select sum(net_revenue) from orders) as revenue_share_top_10pct,
            (select sum(revenue)::double from ranked where place <= ceil(buyers / 5.0))
                / (select sum(net_revenue) from orders) as revenue_share_top_20pct
        """
    )[0]
    ladder = warehouse.rows(
        """
        select max(p_next_raw) as repeat_purchase_rate
        from marts.repeat_purchase_ladder
        where segment_type = 'all' and order_number = 1
        """
    )[0]
    shares = warehouse.rows(
        """
        select
            sum(returning_customer_revenue)::double / sum(net_revenue)
                as returning_revenue_share_all_months,
            sum(repeat_order_revenue)::double / sum(net_revenue) as repeat_order_revenue_share_all
        from marts.new_vs_returning
        where period_grain = 'month'
        """
    )[0]
    gaps = warehouse.rows(
        """
        select
            max(median_days) filter (where order_number = 0) as median_days_between_orders_calendar,
            max(median_days) filter (where order_number = 1)
                as median_days_first_to_second_calendar_of_repeaters
        from marts.interpurchase_time
        where segment_type = 'all'
        """
    )[0]
    dormant = warehouse.rows(
        """
        select
            max(snapshot_date) as rfm_snapshot_date,
            count(*) filter (where recency_days > 30) as dormant_over_30d,
            count(*) filter (where recency_days > 60) as dormant_over_60d,
            count(*) filter (where recency_days > 90) as dormant_over_90d,
            count(*) filter (where recency_days > 180) as dormant_over_180d
        from marts.rfm_segments
        where is_current and recency_days is not null
        """
    )[0]
    actual = {**facts, **ladder, **shares, **gaps, **dormant}
    expected = {row["metric"]: row["value"] for row in data.read(truth / "headline.csv")}
    return Compared(
        "headline",
        {(name,): value(expected[name]) for name in actual},
        {(name,): value(found) for name, found in actual.items()},
    )


def cohort_counts(warehouse: Warehouse, truth: Path) -> Compared:
    """Every cell of the monthly triangle: size, active customers, rate; no cell more or less."""
    return table(
        "cohort_counts",
        warehouse,
        truth / "cohort_retention.csv",
        keys=["cohort_month", "period"],
        columns=["cohort_size", "active_customers", "retention"],
        sql="""
            select
                cohort_start as cohort_month,
                period_number as period,
                cohort_size,
                retained_n_period as active_customers,
                retention_rate_partial as retention
            from marts.cohort_retention
            where cohort_grain = 'month' and dimension = 'all'
        """,
    )


def cohort_revenue(warehouse: Warehouse, truth: Path) -> Compared:
    """Every cell of the monthly triangle: orders, revenue, cumulative revenue, LTV to date."""
    return table(
        "cohort_revenue",
        warehouse,
        truth / "cohort_retention.csv",
        keys=["cohort_month", "period"],
        columns=[
            "cohort_size",
            "active_customers",
            "orders",
            "revenue",
            "cum_revenue",
            "ltv_to_date",
        ],
        sql="""
            select
                cohort_month,
                period_number as period,
                cohort_size,
                active_customers,
                orders,
                net_revenue as revenue,
                cumulative_net_revenue as cum_revenue,
                cumulative_net_revenue::double / cohort_size as ltv_to_date
            from marts.cohort_revenue
        """,
    )


def retention_curve(warehouse: Warehouse, truth: Path) -> Compared:
    """The pooled curve: numerators and denominators of the mart summed, incomplete cells too."""
    return table(
        "retention_curve",
        warehouse,
        truth / "retention_curve.csv",
        keys=["period"],
        columns=[
            "cohort_size",
            "active_customers",
            "cohorts",
            "retention_weighted",
            "retention_mean_of_cohorts",
        ],
        sql="""
            select
                period_number as period,
                sum(cohort_size) as cohort_size,
                sum(retained_n_period) as active_customers,
                count(*) as cohorts,
                sum(retained_n_period)::double / sum(cohort_size) as retention_weighted,
                avg(retention_rate_partial) as retention_mean_of_cohorts
            from marts.cohort_retention
            where cohort_grain = 'month' and dimension = 'all'
            group by period_number
        """,
    )


def left_censoring(warehouse: Warehouse, truth: Path) -> Compared:
    """Customers first seen in the first month are flagged, all of them and nobody else."""
    months = data.read(truth / "monthly.csv")
    sized = warehouse.rows(
        """
        select
            cohort_start,
            max(cohort_size) filter (where is_left_censored) as flagged,
            max(cohort_size) filter (where not is_left_censored) as unflagged
        from marts.cohort_retention
        where cohort_grain = 'month' and dimension = 'all'
        group by cohort_start
        """
    )
    expected: Cells = {}
    for number, row in enumerate(months):
        if new := value(row["new_customers"]):
            expected[(row["month"], "flagged")] = new if number == 0 else None
            expected[(row["month"], "unflagged")] = None if number == 0 else new
    return Compared(
        "left_censoring", expected, from_rows(sized, ["cohort_start"], ["flagged", "unflagged"])
    )


def monthly(warehouse: Warehouse, truth: Path) -> Compared:
    """New, retained, resurrected, lost customers and both returning-revenue shares by month."""
    return table(
        "monthly",
        warehouse,
        truth / "monthly.csv",
        keys=["month"],
        columns=[
            "orders",
            "active_customers",
            "new_customers",
            "retained_customers",
            "resurrected_customers",
            "lost_customers",
            "revenue",
            "revenue_from_earlier_cohorts",
            "returning_revenue_share",
            "revenue_from_order_seq_gt1",
            "repeat_order_revenue_share",
            "aov",
            "month_over_month_retention",
        ],
        sql="""
            select
                period_start as month,
                orders,
                active_customers,
                new_customers,
                retained_customers,
                resurrected_customers,
                lost_customers,
                net_revenue as revenue,
                returning_customer_revenue as revenue_from_earlier_cohorts,
                returning_customer_revenue_share_partial as returning_revenue_share,
                repeat_order_revenue as revenue_from_order_seq_gt1,
                repeat_order_revenue_share_partial as repeat_order_revenue_share,
                aov,
                period_retention_rate_partial as month_over_month_retention
            from marts.new_vs_returning
            where period_grain = 'month'
        """,
    )


def gap_table(name: str, measure: str, warehouse: Warehouse, truth: Path) -> Compared:
    """One row of the gaps between orders."""
    return table(
        name,
        warehouse,
        truth / "days_between_orders.csv",
        keys=["measure"],
        columns=["gaps", "mean", "p25", "median", "p75", "p90"],
        sql=f"""
            select
                '{measure}' as measure,
                gaps,
                mean_days as mean,
                p25_days as p25,
                median_days as median,
                p75_days as p75,
                p90_days as p90
            from marts.interpurchase_time
            where segment_type = 'all' and order_number = 0
        """,
        only=lambda row: row["measure"] == measure,
    )


def gaps(warehouse: Warehouse, truth: Path) -> Compared:
    """Calendar days between consecutive orders; two orders on one day are 0 days apart."""
    return gap_table("gaps", "calendar_days", warehouse, truth)


def gaps_between_order_days(warehouse: Warehouse, truth: Path) -> Compared:
    """Calendar days between distinct order days (collapse_same_day_orders)."""
    return gap_table(
        "gaps_between_order_days", "calendar_days_distinct_order_days", warehouse, truth
    )


def next_order_probability(warehouse: Warehouse, truth: Path) -> Compared:
    """P(n+1|n): customers with n and with n+1 orders."""
    deepest = max(int(row["n"]) for row in data.read(truth / "next_order_probability.csv"))
    return table(
        "next_order_probability",
        warehouse,
        truth / "next_order_probability.csv",
        keys=["n"],
        columns=["customers_with_at_least_n", "customers_with_at_least_n_plus_1", "p_next"],
        sql=f"""
            select distinct
                order_number as n,
                customers_reached as customers_with_at_least_n,
                customers_next as customers_with_at_least_n_plus_1,
                p_next_raw as p_next
            from marts.repeat_purchase_ladder
            where segment_type = 'all' and order_number <= {deepest}
        """,
    )


def repeat_within_days(warehouse: Warehouse, truth: Path) -> Compared:
    """The second order within N days: of those old enough, and by Kaplan-Meier."""
    return table(
        "repeat_within_days",
        warehouse,
        truth / "repeat_within_days.csv",
        keys=["days"],
        columns=[
            "eligible_customers",
            "repeated_within",
            "repeat_rate_eligible",
            "km_repeat_probability",
        ],
        sql="""
            select
                window_days as days,
                mature_customers as eligible_customers,
                next_within_window as repeated_within,
                p_next_window as repeat_rate_eligible,
                p_next_km as km_repeat_probability
            from marts.repeat_purchase_ladder
            where segment_type = 'all' and order_number = 1
        """,
        only=lambda row: int(row["days"]) <= 365,
    )


def rfm_table(name: str, scores: Mapping[str, str], warehouse: Warehouse, truth: Path) -> Compared:
    """Every customer's recency, frequency, monetary value and scores at the current snapshot."""
    ours = ", ".join(f"{score} as {theirs}" for score, theirs in scores.items())
    return table(
        name,
        warehouse,
        truth / "rfm_customers.csv",
        keys=["customer_id"],
        columns=["last_date", "recency_days", "frequency", "monetary", *scores.values()],
        sql=f"""
            select
                customer_id, last_order_date as last_date, recency_days, frequency, monetary, {ours}
            from marts.rfm_segments
            where is_current and recency_days is not null
        """,
    )


def rfm_tie_safe(warehouse: Warehouse, truth: Path) -> Compared:
    """The default scores: equal values share a score."""
    scores = {"r": "r_score_tie", "f": "f_score_tie", "m": "m_score_tie"}
    return rfm_table("rfm_tie_safe", scores, warehouse, truth)


def rfm_ntile(warehouse: Warehouse, truth: Path) -> Compared:
    """The scores of rfm_method ntile: equal groups, ties broken by customer number."""
    scores = {"r": "r_score", "f": "f_score", "m": "m_score"}
    return rfm_table("rfm_ntile", scores, warehouse, truth)


def product_pairs(warehouse: Warehouse, truth: Path) -> Compared:
    """The 100 product pairs most often in one order: counts, support, confidences, lift."""
    return table(
        "product_pairs",
        warehouse,
        truth / "top_product_pairs.csv",
        keys=["product_a", "product_b"],
        columns=[
            "orders_both",
            "orders_a",
            "orders_b",
            "support",
            "confidence_ab",
            "confidence_ba",
            "lift",
        ],
        sql="""
            select
                product_a,
                product_b,
                orders_both,
                orders_a,
                orders_b,
                support,
                confidence_ab,
                confidence_ba,
                lift
            from marts.product_affinity
            order by orders_both desc, product_a, product_b
            limit 100
        """,
    )


def net_of_returns(warehouse: Warehouse, truth: Path) -> Compared:
    """Per customer: sold, taken back (matched to an order or a credit), and the rest."""
    return table(
        "net_of_returns",
        warehouse,
        truth / "customers.csv",
        keys=["customer_id"],
        columns=["gross", "returns", "net"],
        sql="""
            select
                customer_id,
                gross_revenue as gross,
                net_revenue - gross_revenue - unmatched_credit_amount as returns,
                net_revenue - unmatched_credit_amount as net
            from marts.dim_customers
            where orders > 0 or unmatched_credit_amount > 0
        """,
    )


def net_of_returns_by_month(warehouse: Warehouse, truth: Path) -> Compared:
    """Sold in the month of the order, taken back in the month of the cancellation itself."""
    return table(
        "net_of_returns_by_month",
        warehouse,
        truth / "monthly.csv",
        keys=["month"],
        columns=["gross", "returns", "net"],
        sql="""
            with
                moves as (
                    select order_date as moved_on, gross_revenue as sold, 0 as taken_back
                    from marts.fct_orders
                    where customer_id is not null
                    union all
                    select refunds.refund_date, 0, -refunds.amount
                    from staging.stg_refunds as refunds
                    left join marts.fct_orders as orders on refunds.order_id = orders.order_id
                    where coalesce(refunds.customer_id, orders.customer_id) is not null
                )
            select
                cast(date_trunc('month', moved_on) as date) as month,
                sum(sold) as gross,
                sum(taken_back) as returns,
                sum(sold + taken_back) as net
            from moves
            group by 1
        """,
    )


def line_fates(warehouse: Warehouse, truth: Path) -> Compared:
    """The audit of the adapter against the defects that others counted in the raw file."""
    profile = {
        row["defect"]: value(row["value"]) for row in data.read(truth.parent / "profile.csv")
    }
    headline_of = {row["metric"]: value(row["value"]) for row in data.read(truth / "headline.csv")}
    found = warehouse.rows(
        """
        select
            count(*) as lines,
            count(*) filter (where fate like 'refund_%' or fate = 'dropped_return_without_value')
                as lines_cancelled_C,
            count(*) filter (where fate = 'dropped_adjustment') as lines_adjust_A,
            count(*) filter (where fate = 'dropped_quantity_not_positive')
                as lines_qty_negative_not_C,
            count(*) filter (where is_repeat) as exact_duplicate_lines,
            count(*) filter (where customer_id is null) as lines_null_customer,
            count(distinct customer_id) as customers_non_null,
            sum(amount) as gross_all,
            count(*) filter (where fate = 'order_line' and customer_id is not null) as lines_kept
        from staging.online_retail__line_audit
        """
    )[0]
    expected = {**profile, "lines_kept": headline_of["lines"]}
    counted = found.keys() & expected.keys()  # the sample's profile is shorter
    return Compared(
        "line_fates",
        {(name,): expected[name] for name in counted},
        {(name,): value(found[name]) for name in counted},
    )


COMPARISONS: dict[str, Comparison] = {
    comparison.__name__: comparison
    for comparison in (
        headline,
        cohort_counts,
        cohort_revenue,
        retention_curve,
        left_censoring,
        monthly,
        gaps,
        gaps_between_order_days,
        next_order_probability,
        repeat_within_days,
        rfm_tie_safe,
        rfm_ntile,
        product_pairs,
        net_of_returns,
        net_of_returns_by_month,
        line_fates,
    )
}
