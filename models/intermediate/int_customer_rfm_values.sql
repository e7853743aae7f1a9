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

    -- what a change adds stays until the end: the figures of a buyer are the same from
    -- one change to the next
    spans as (
        select
            customer_id,
            snapshot_month as first_month,
            lead(snapshot_month) over (
                partition by customer_id order by snapshot_month nulls last
            ) as next_month,
            max(last_order_date) over (
                partition by customer_id
                order by snapshot_month nulls last
                rows unbounded preceding
            ) as last_order_date,
            sum(orders_change) over (
                partition by customer_id
                order by snapshot_month nulls last
                rows unbounded preceding
            ) as frequency,
            sum(net_revenue_change) over (
                partition by customer_id
                order by snapshot_month nulls last
                rows unbounded preceding
            ) as monetary,
            month_net_revenue,
        from changes
    ),

    bought as (
        select
            snapshots.snapshot_month,
            spans.customer_id,
            spans.last_order_date,
            spans.frequency,
            spans.monetary,
            case
                when spans.first_month = snapshots.snapshot_month
                then spans.month_net_revenue
                else 0
            end as month_net_revenue,
        from spans
        inner join
            snapshots
            on spans.first_month <= snapshots.snapshot_month
            and coalesce(spans.next_month > snapshots.snapshot_month, true)
    ),

    buyers as (
        select customer_id, min(snapshot_month) as first_month
        from {{ ref("int_customer_rfm_changes") }}
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
