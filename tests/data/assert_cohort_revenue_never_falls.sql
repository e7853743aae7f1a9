-- Refunds are deducted from the order they belong to, so cumulative revenue falls
-- only where
-- a customer's orders of the period are worth less than nothing (refunds above the
-- order).
with
    cells as (select * from {{ ref("cohort_revenue") }}),

    below_zero as (
        select distinct cohort_start, period_number
        from {{ ref("int_order_cohort_periods") }}
        where cohort_grain = 'month' and net_revenue < 0
    ),

    compared as (
        select
            cohort_month,
            period_number,
            cumulative_net_revenue,
            lag(cumulative_net_revenue, 1, 0) over (
                partition by cohort_month order by period_number
            ) as cumulative_before
        from cells
    )

select compared.*
from compared
left join
    below_zero
    on compared.cohort_month = below_zero.cohort_start
    and compared.period_number = below_zero.period_number
where cumulative_net_revenue < cumulative_before and below_zero.cohort_start is null
