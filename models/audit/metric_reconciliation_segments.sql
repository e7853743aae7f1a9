-- One row is one total of the RFM and lifecycle marts.
with
    segments as (select * from {{ ref("rfm_segments") }}),

    migration as (select * from {{ ref("rfm_migration") }}),

    lifecycle as (select * from {{ ref("customer_lifecycle") }}),

    first_snapshot as (select min(snapshot_month) as first_month from segments),

    later as (
        select segments.month_net_revenue
        from segments
        inner join
            first_snapshot on segments.snapshot_month > first_snapshot.first_month
    ),

    scored as (
        select
            sum(case when segment = 'Prospects' then 0 else 1 end) as buyers,
            sum(case when segment = 'Prospects' then 1 else 0 end) as prospects,
            sum(frequency) as orders,
            sum(monetary) as revenue,
        from segments
        where is_current
    ),

    staged as (
        select
            sum(case when orders > 0 then 1 else 0 end) as buyers,
            sum(case when orders > 0 then 0 else 1 end) as prospects,
            sum(orders) as orders,
            sum(net_revenue) as revenue,
        from lifecycle
    ),

    measures as (
        select 'rfm_buyers' as measure, buyers as amount
        from scored
        union all
        select 'rfm_prospects' as measure, prospects as amount
        from scored
        union all
        select 'rfm_orders' as measure, orders as amount
        from scored
        union all
        select 'rfm_revenue' as measure, revenue as amount
        from scored
        union all
        select 'later_rfm_customers' as measure, count(*) as amount
        from later
        union all
        select 'later_rfm_revenue' as measure, sum(month_net_revenue) as amount
        from later
        union all
        select 'migration_customers' as measure, sum(customers) as amount
        from migration
        union all
        select 'migration_revenue' as measure, sum(revenue) as amount
        from migration
        union all
        select 'lifecycle_buyers' as measure, buyers as amount
        from staged
        union all
        select 'lifecycle_prospects' as measure, prospects as amount
        from staged
        union all
        select 'lifecycle_orders' as measure, orders as amount
        from staged
        union all
        select 'lifecycle_revenue' as measure, revenue as amount
        from staged
    ),

    final as (
        select
            cast(measure as varchar) as measure,
            {{ money("coalesce(amount, 0)") }} as amount,
        from measures
    )

select *
from final
