-- One row is one basis and one answer to: what if 1 to 5 points more customers stayed?
-- Points are added to the retention of a month or of a year; everything else stays.
with
    scenarios as (select * from {{ ref("int_retention_scenarios") }}),

    as_is as (select * from scenarios where points = 0),

    margins as (select * from {{ ref("int_gross_margin") }}),

    currencies as (select reporting_currency from {{ ref("int_reporting_currency") }}),

    compared as (
        select
            scenarios.*,
            as_is.revenue_ltv as base_ltv,
            as_is.mrr_12m as base_mrr_12m,
            as_is.revenue_next_12m as base_next_12m
        from scenarios
        inner join
            as_is
            on scenarios.basis = as_is.basis
            and scenarios.retention_period = as_is.retention_period
    ),

    final as (
        select
            basis,
            retention_period,
            points,
            months,
            opening_customers,
            churned_customers,
            base_retention_rate,
            retention_rate,
            monthly_retention_rate,
            arpa,
            gross_margin_rate,
            reporting_currency as currency,
            {{ money("revenue_ltv") }} as revenue_ltv,
            {{ money("revenue_ltv * gross_margin_rate") }} as ltv,
            {{ safe_divide("revenue_ltv", "base_ltv") }} - 1 as ltv_uplift_rate,
            mrr,
            gained_mrr_per_month,
            {{ money("mrr_12m") }} as mrr_12m,
            {{ safe_divide("mrr_12m", "base_mrr_12m") }} - 1 as mrr_12m_uplift_rate,
            {{ money("revenue_next_12m * gross_margin_rate") }} as margin_next_12m,
            {{ safe_divide("revenue_next_12m", "base_next_12m") }}
            - 1 as margin_uplift_rate,
            is_low_n
        from compared
        cross join margins
        cross join currencies
    )

select *
from final
