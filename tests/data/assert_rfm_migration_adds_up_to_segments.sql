-- Months and segments whose moves do not add up: out of the segment of the month
-- before,
-- into that of this month, and the revenue of those who are in it now.
with
    members as (
        select
            snapshot_month,
            {{ add_periods("month", "snapshot_month", 1) }} as next_month,
            segment,
            count(*) as customers,
            sum(month_net_revenue) as revenue
        from {{ ref("rfm_segments") }}
        group by snapshot_month, segment
    ),

    bounds as (
        select min(snapshot_month) as first_month, max(snapshot_month) as last_month
        from members
    ),

    expected as (
        select 'into' as direction, snapshot_month, segment, customers, revenue
        from members
        cross join bounds
        where snapshot_month > first_month
        union all
        select 'out of', next_month, segment, customers, null
        from members
        cross join bounds
        where snapshot_month < last_month
    ),

    actual as (
        select
            'into' as direction,
            snapshot_month,
            to_segment as segment,
            sum(customers) as customers,
            sum(revenue) as revenue
        from {{ ref("rfm_migration") }}
        group by snapshot_month, to_segment
        union all
        select 'out of', snapshot_month, from_segment, sum(customers), null
        from {{ ref("rfm_migration") }}
        where from_segment <> 'Not a customer yet'
        group by snapshot_month, from_segment
    )

select
    direction,
    snapshot_month,
    segment,
    expected.customers as expected_customers,
    actual.customers,
    expected.revenue as expected_revenue,
    actual.revenue
from expected
full join actual using (direction, snapshot_month, segment)
where
    expected.customers is distinct from actual.customers
    or expected.revenue is distinct from actual.revenue
