-- One monthly cohort and period since the start: what its customers bought, and what
-- a customer is worth by then.
with
    cohorts as (
        select *
        from {{ ref("int_cohorts") }}
        where cohort_grain = 'month' and dimension = 'all'
    ),

    activity as (
        select *
        from {{ ref("int_cohort_activity") }}
        where cohort_grain = 'month' and dimension = 'all'
    ),

    numbers as (select * from {{ ref("int_period_numbers") }}),

    currencies as (select reporting_currency from {{ ref("int_reporting_currency") }}),

    -- a month with an amount that has no exchange rate has no sum
    spend as (
        select
            month,
            case
                when count(*) = count(acquisition_spend) then sum(acquisition_spend)
            end as acquisition_spend
        from {{ ref("int_marketing_months") }}
        where has_acquisition_spend
        group by month
    ),

    cells as (
        select cohorts.*, period_number
        from cohorts
        inner join numbers on period_number <= begun_period_number
    ),

    -- no orders: an amount of 0; orders, but no known cost: an unknown margin
    filled as (
        select
            cells.*,
            coalesce(active_customers, 0) as active_customers,
            coalesce(orders, 0) as orders,
            coalesce(orders_with_margin, 0) as orders_with_margin,
            case when orders > 0 then net_revenue else 0 end as net_revenue,
            case when orders > 0 then gross_margin else 0 end as gross_margin
        from cells
        left join activity using (cohort_grain, cohort_start, period_number)
    ),

    accumulated as (
        select
            *,
            sum(orders) over so_far as cumulative_orders,
            sum(orders_with_margin) over so_far as cumulative_orders_with_margin,
            sum(net_revenue) over so_far as cumulative_net_revenue,
            sum(gross_margin) over so_far as cumulative_known_margin
        from filled
        window
            so_far as (
                partition by cohort_start
                order by period_number
                rows unbounded preceding
            )
    ),

    margined as (
        select
            *,
            case
                when cumulative_orders = 0 or cumulative_orders_with_margin > 0
                then cumulative_known_margin
            end as cumulative_gross_margin
        from accumulated
    ),

    final as (
        select
            cohort_start as cohort_month,
            cohort_label,
            period_number,
            cast({{ cohort_period_start() }} as date) as period_start,
            cohort_size,
            cast(active_customers as bigint) as active_customers,
            cast(orders as bigint) as orders,
            cast(orders_with_margin as bigint) as orders_with_margin,
            {{ money("net_revenue") }} as net_revenue,
            {{ money("gross_margin") }} as gross_margin,
            cast(cumulative_orders as bigint) as cumulative_orders,
            {{ money("cumulative_net_revenue") }} as cumulative_net_revenue,
            {{ money("cumulative_gross_margin") }} as cumulative_gross_margin,
            {{ money(safe_divide("cumulative_net_revenue", "cohort_size")) }}
            as cumulative_ltv,
            {{ money(safe_divide("cumulative_gross_margin", "cohort_size")) }}
            as cumulative_margin_ltv,
            {{ money(safe_divide("acquisition_spend", "cohort_size")) }} as cac,
            {{ safe_divide("cumulative_gross_margin", "acquisition_spend") }}
            as ltv_to_cac,
            reporting_currency as currency,
            period_number < complete_periods as is_complete,
            is_left_censored
        from margined
        cross join currencies
        left join spend on margined.cohort_start = spend.month
    )

select *
from final
