-- One row per snapshot month and customer known by its cut: what RFM scores measure.
with
    snapshots as (select * from {{ ref("int_rfm_snapshots") }}),

    changes as (select * from {{ ref("int_customer_rfm_changes") }}),

    customers as (
        select customer_id, created_date
        from {{ ref("int_customers") }}
        where not is_test and not is_internal
    ),

    buyers as (
        select customer_id, min(snapshot_month) as first_month
        from changes
        group by customer_id
    ),

    known as (
        select
            coalesce(customers.customer_id, buyers.customer_id) as customer_id,
            customers.created_date,
            buyers.first_month,
        from customers
        full join buyers on customers.customer_id = buyers.customer_id
    ),

    spine as (
        select
            known.customer_id,
            snapshots.snapshot_month,
            snapshots.snapshot_date,
            snapshots.is_current,
            snapshots.is_complete,
            snapshots.currency,
        from known
        inner join
            snapshots
            on known.first_month <= snapshots.snapshot_month
            or known.created_date < snapshots.snapshot_date
            or snapshots.is_current
    ),

    running as (
        select
            spine.*,
            changes.month_net_revenue,
            max(changes.last_order_date) over so_far as last_order_date,
            sum(changes.orders_change) over so_far as frequency,
            sum(changes.net_revenue_change) over so_far as monetary,
        from spine
        left join
            changes
            on spine.customer_id = changes.customer_id
            and spine.snapshot_month = changes.snapshot_month
        window
            so_far as (
                partition by spine.customer_id
                order by spine.snapshot_month nulls last
                rows unbounded preceding
            )
    ),

    final as (
        select
            cast(snapshot_month as date) as snapshot_month,
            cast(customer_id as varchar) as customer_id,
            cast(snapshot_date as date) as snapshot_date,
            cast(is_current as boolean) as is_current,
            cast(is_complete as boolean) as is_complete,
            cast(last_order_date as date) as last_order_date,
            {{ days_between("last_order_date", "snapshot_date") }} as recency_days,
            cast(coalesce(frequency, 0) as bigint) as frequency,
            {{ money("coalesce(monetary, 0)") }} as monetary,
            {{ money("coalesce(month_net_revenue, 0)") }} as month_net_revenue,
            cast(currency as varchar) as currency,
        from running
    )

select *
from final
