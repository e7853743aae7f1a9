-- The monthly triangle is what a plain count of the orders gives (first order as the
-- start, calendar clock).
with
    cells as (
        select *
        from {{ ref("cohort_retention") }}
        where entity = 'order' and cohort_grain = 'month' and dimension = 'all'
    ),

    orders as (
        select *
        from {{ ref("int_orders_sequenced") }}
        where
            customer_id is not null
            and '{{ policy("cohort_anchor") }}' = 'first_order'
            and '{{ policy("retention_clock") }}' = 'calendar'
    ),

    limits as (
        select max_period_number
        from
            (values {{ cohort_max_period_rows() }}) as limits(
                cohort_grain, max_period_number
            )
        where cohort_grain = 'month'
    ),

    counted as (
        select
            cohort_month as cohort_start,
            cohort_index as period_number,
            count(distinct customer_id) as customers
        from orders
        cross join limits
        where cohort_index <= max_period_number
        group by cohort_month, cohort_index
    )

select
    coalesce(cells.cohort_start, counted.cohort_start) as cohort_month,
    coalesce(cells.period_number, counted.period_number) as period_number,
    cells.retained_n_period,
    counted.customers
from cells
full join
    counted
    on cells.cohort_start = counted.cohort_start
    and cells.period_number = counted.period_number
where
    '{{ policy("cohort_anchor") }}' = 'first_order'
    and '{{ policy("retention_clock") }}' = 'calendar'
    and (
        cells.cohort_start is null
        or cells.retained_n_period <> coalesce(counted.customers, 0)
    )
