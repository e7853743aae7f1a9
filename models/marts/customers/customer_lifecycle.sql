-- One row per customer at as_of: the lifecycle stage and when it ends without an order.
with
    customers as (select * from {{ ref("int_customer_lifecycle") }}),

    final as (
        select
            cast(customer_id as varchar) as customer_id,
            cast(as_of_date as date) as as_of_date,
            cast(stage as varchar) as stage,
            cast(orders as bigint) as orders,
            cast(first_order_date as date) as first_order_date,
            cast(last_order_date as date) as last_order_date,
            cast(days_since_first_order as integer) as days_since_first_order,
            cast(recency_days as integer) as recency_days,
            {{ money("net_revenue") }} as net_revenue,
            cast(currency as varchar) as currency,
            cast(next_stage as varchar) as next_stage,
            cast(next_stage_date as date) as next_stage_date,
        from customers
    )

select *
from final
