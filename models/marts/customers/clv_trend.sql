-- One row is one monthly cohort: what a customer was worth after 90, 180 and 365 days;
-- only at an age that the whole cohort has reached, so that cohorts can be compared.
with
    slices as (select * from {{ ref("int_cohort_values") }}),

    currencies as (select reporting_currency from {{ ref("int_reporting_currency") }}),

    summed as (
        select
            cohort_month,
            horizon_days,
            sum(customers) as customers,
            min(case when is_mature then 1 else 0 end) = 1 as is_mature,
            sum(net_revenue) as net_revenue,
            sum(orders) as orders,
            sum(orders_with_margin) as orders_with_margin,
            sum(gross_margin) as gross_margin,
            bool_or(is_left_censored) as is_left_censored
        from slices
        group by cohort_month, horizon_days
    ),

    -- a margin of which nothing is known is no margin of 0
    valued as (
        select
            cohort_month,
            horizon_days,
            customers,
            is_left_censored,
            is_mature,
            case when is_mature then net_revenue end as net_revenue,
            case
                when is_mature and (orders = 0 or orders_with_margin > 0)
                then gross_margin
            end as gross_margin
        from summed
    ),

    spread as (
        select
            cohort_month,
            max(customers) as customers,
            bool_or(is_left_censored) as is_left_censored,
            max(net_revenue) filter (where horizon_days = 90) as net_revenue_90d,
            max(net_revenue) filter (where horizon_days = 180) as net_revenue_180d,
            max(net_revenue) filter (where horizon_days = 365) as net_revenue_365d,
            max(gross_margin) filter (where horizon_days = 90) as gross_margin_90d,
            max(gross_margin) filter (where horizon_days = 180) as gross_margin_180d,
            max(gross_margin) filter (where horizon_days = 365) as gross_margin_365d
        from valued
        group by cohort_month
    ),

    compared as (
        select
            spread.*,
            {{ safe_divide("spread.net_revenue_90d", "spread.customers") }} as ltv_90,
            {{ safe_divide("before.net_revenue_90d", "before.customers") }}
            as ltv_90_before,
            {{ safe_divide("spread.net_revenue_365d", "spread.customers") }} as ltv_365,
            {{ safe_divide("before.net_revenue_365d", "before.customers") }}
            as ltv_365_before
        from spread
        left join
            spread as before
            on before.cohort_month
            = {{ add_periods("month", "spread.cohort_month", -12) }}
    ),

    final as (
        select
            cast(cohort_month as date) as cohort_month,
            strftime(cohort_month, '%Y-%m') as cohort_label,
            cast(customers as bigint) as customers,
            cast(reporting_currency as varchar) as currency,
            {{ money("net_revenue_90d") }} as net_revenue_90d,
            {{ money("net_revenue_180d") }} as net_revenue_180d,
            {{ money("net_revenue_365d") }} as net_revenue_365d,
            {{ money("ltv_90") }} as ltv_90,
            {{ money(safe_divide("net_revenue_180d", "customers")) }} as ltv_180,
            {{ money("ltv_365") }} as ltv_365,
            {{ money(safe_divide("gross_margin_90d", "customers")) }} as margin_ltv_90,
            {{ money(safe_divide("gross_margin_180d", "customers")) }}
            as margin_ltv_180,
            {{ money(safe_divide("gross_margin_365d", "customers")) }}
            as margin_ltv_365,
            {{ safe_divide("ltv_90", "ltv_90_before") }} - 1 as ltv_90_growth_rate,
            {{ safe_divide("ltv_365", "ltv_365_before") }} - 1 as ltv_365_growth_rate,
            cast(is_left_censored as boolean) as is_left_censored,
            cast(customers < {{ policy("min_cell_size") }} as boolean) as is_low_n
        from compared
        cross join currencies
    )

select *
from final
