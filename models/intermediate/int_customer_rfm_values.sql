-- One row per snapshot month and customer known by its cut: what RFM scores measure.
with
    -- nothing of it that as_of changes every day
    snapshots as (
        select snapshot_month, is_current from {{ ref("int_rfm_snapshots") }}
    ),

    changes as (select * from {{ ref("int_customer_rfm_changes") }}),

    customers as (
        select customer_id, created_date
        from {{ ref("int_customers") }}
        where not is_test and not is_internal
    ),

    -- what a change adds, it adds to its own snapshot and to all later ones
    bought as (
        select
            snapshots.snapshot_month,
            changes.customer_id,
            max(changes.last_order_date) as last_order_date,
            sum(changes.orders_change) as frequency,
            sum(changes.net_revenue_change) as monetary,
            sum(
                case
                    when changes.snapshot_month = snapshots.snapshot_month
                    then changes.month_net_revenue
                    else 0
                end
            ) as month_net_revenue,
        from changes
        inner join snapshots on changes.snapshot_month <= snapshots.snapshot_month
        group by snapshots.snapshot_month, changes.customer_id
    ),

    buyers as (
        select customer_id, min(snapshot_month) as first_month
        from changes
        group by customer_id
    ),

    -- known by the cut, without an order before it
    waiting as (
        select snapshots.snapshot_month, customers.customer_id
        from customers
        left join buyers on customers.customer_id = buyers.customer_id
        inner join
            snapshots
            on (
                customers.created_date
                < {{ add_periods("month", "snapshots.snapshot_month", 1) }}
                or snapshots.is_current
            )
            and coalesce(buyers.first_month > snapshots.snapshot_month, true)
    ),

    measured as (
        select *
        from bought
        union all
        select snapshot_month, customer_id, null, 0, 0, 0
        from waiting
    ),

    final as (
        select
            cast(snapshot_month as date) as snapshot_month,
            cast(customer_id as varchar) as customer_id,
            cast(last_order_date as date) as last_order_date,
            cast(frequency as bigint) as frequency,
            {{ money("monetary") }} as monetary,
            {{ money("month_net_revenue") }} as month_net_revenue,
        from measured
    )

select *
from final
