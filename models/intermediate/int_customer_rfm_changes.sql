-- One row per buyer and snapshot month in which its RFM window gains or loses orders.
with
    orders as (
        select
            customer_id,
            order_date,
            {{ period_start("month", "order_date") }} as order_month,
            net_revenue_reporting as net_revenue,
        from {{ ref("int_orders_valid") }}
        where customer_id is not null
    ),

    first_snapshot as (
        select min(snapshot_month) as first_month from {{ ref("int_rfm_snapshots") }}
    ),

    changes as (
        -- an order counts from the snapshot of its own month on
        select
            customer_id,
            greatest(order_month, first_month) as snapshot_month,
            order_date,
            1 as orders,
            net_revenue,
            case
                when order_month >= first_month then net_revenue else 0
            end as in_month,
        from orders
        cross join first_snapshot
        {% if var("rfm_window_days") is not none %}
            union all
            -- until the first snapshot that is cut more than the window after it
            select
                customer_id,
                greatest(
                    {{ period_start("month", add_days("order_date", var("rfm_window_days") | int)) }},
                    first_month
                ),
                order_date,
                -1,
                - net_revenue,
                0,
            from orders
            cross join first_snapshot
            where
                {{ add_days("order_date", var("rfm_window_days") | int) }}
                < {{ as_of_date() }}
        {% endif %}
    ),

    final as (
        select
            cast(customer_id as varchar) as customer_id,
            cast(snapshot_month as date) as snapshot_month,
            cast(max(order_date) as date) as last_order_date,
            cast(sum(orders) as bigint) as orders_change,
            {{ money("sum(net_revenue)") }} as net_revenue_change,
            {{ money("sum(in_month)") }} as month_net_revenue,
        from changes
        group by customer_id, snapshot_month
    )

select *
from final
