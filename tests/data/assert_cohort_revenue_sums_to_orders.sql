-- The cells of a cohort add up to the orders of its customers: nothing lost, nothing
-- counted twice.
with
    cells as (select * from {{ ref("cohort_revenue") }}),

    orders as (
        select * from {{ ref("int_orders_sequenced") }} where customer_id is not null
    ),

    cohorts as (
        select * from {{ ref("int_customer_cohorts") }} where cohort_grain = 'month'
    ),

    -- orders before a signup belong to no cohort; an order of nobody's cohort is an
    -- offence
    expected as (
        select
            cohort_start as cohort_month,
            count(*) as orders,
            coalesce(sum(net_revenue_reporting), 0) as net_revenue
        from orders
        left join cohorts on orders.customer_id = cohorts.customer_id
        where
            cohorts.customer_id is null
            or (
                order_date >= started_on
                and (
                    '{{ policy("retention_clock") }}' = 'calendar'
                    or ordered_at >= started_at
                )
            )
        group by cohort_start
    ),

    marked as (
        select
            *,
            period_number
            = max(period_number) over (partition by cohort_month) as is_last
        from cells
    ),

    actual as (
        select
            cohort_month,
            sum(orders) as orders,
            sum(net_revenue) as net_revenue,
            max(cumulative_net_revenue) filter (
                where is_last
            ) as last_cumulative_net_revenue
        from marked
        group by cohort_month
    )

select
    coalesce(actual.cohort_month, expected.cohort_month) as cohort_month,
    expected.orders as expected_orders,
    actual.orders,
    expected.net_revenue as expected_net_revenue,
    actual.net_revenue,
    actual.last_cumulative_net_revenue
from actual
full join expected on actual.cohort_month = expected.cohort_month
where
    actual.cohort_month is null
    or coalesce(expected.orders, 0) <> actual.orders
    or coalesce(expected.net_revenue, 0) <> actual.net_revenue
    or coalesce(expected.net_revenue, 0) <> actual.last_cumulative_net_revenue
