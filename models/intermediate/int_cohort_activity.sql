-- One cohort, slice of its customers and period number: what happens there; a period
-- without anything has no row.
with
    cohorts as (select * from {{ ref("int_customer_cohorts") }}),

    orders as (select * from {{ ref("int_order_cohort_periods") }}),

    -- a customer is counted by the first of its orders in the period
    ordered as (
        select
            cohort_grain,
            cohort_start,
            acquisition_channel,
            country,
            period_number,
            count(*) filter (where is_first_in_period) as active_customers,
            count(*) filter (where is_first_in_last_period) as last_active_customers,
            count(*) filter (
                where is_first_in_last_period and not is_complete
            ) as last_active_customers_open,
            0 as open_customers,
            cast(null as bigint) as begun_period_number,
            false as is_left_censored,
            count(*) as orders,
            count(gross_margin) as orders_with_margin,
            sum(net_revenue) as net_revenue,
            sum(gross_margin) as gross_margin
        from orders
        group by cohort_grain, cohort_start, acquisition_channel, country, period_number
    ),

    opened as (
        select
            cohort_grain,
            cohort_start,
            acquisition_channel,
            country,
            complete_periods as period_number,
            0 as active_customers,
            0 as last_active_customers,
            0 as last_active_customers_open,
            count(*) as open_customers,
            max(begun_period_number) as begun_period_number,
            bool_or(is_left_censored) as is_left_censored,
            0 as orders,
            0 as orders_with_margin,
            cast(null as decimal(18, 4)) as net_revenue,
            cast(null as decimal(18, 4)) as gross_margin
        from cohorts
        group by
            cohort_grain, cohort_start, acquisition_channel, country, complete_periods
    ),

    both_sides as (
        select *
        from ordered
        union all
        select *
        from opened
    ),

    sliced as (
        select *, 'all' as dimension, 'all' as value
        from both_sides
        union all
        select *, 'acquisition_channel' as dimension, acquisition_channel as value
        from both_sides
        where cohort_grain = 'month'
        union all
        select *, 'country' as dimension, country as value
        from both_sides
        where cohort_grain = 'month'
    ),

    final as (
        select
            cast(cohort_grain as varchar) as cohort_grain,
            cast(cohort_start as date) as cohort_start,
            cast(dimension as varchar) as dimension,
            cast(value as varchar) as value,
            cast(period_number as bigint) as period_number,
            cast(sum(active_customers) as bigint) as active_customers,
            cast(sum(last_active_customers) as bigint) as last_active_customers,
            cast(
                sum(last_active_customers_open) as bigint
            ) as last_active_customers_open,
            cast(sum(open_customers) as bigint) as open_customers,
            cast(max(begun_period_number) as bigint) as begun_period_number,
            cast(bool_or(is_left_censored) as boolean) as is_left_censored,
            cast(sum(orders) as bigint) as orders,
            cast(sum(orders_with_margin) as bigint) as orders_with_margin,
            {{ money("sum(net_revenue)") }} as net_revenue,
            {{ money("sum(gross_margin)") }} as gross_margin
        from sliced
        group by cohort_grain, cohort_start, dimension, value, period_number
    )

select *
from final
