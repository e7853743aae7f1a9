-- Orders before as_of that were lost or doubled on the way to int_orders_classified.
with
    orders as (
        select order_id
        from {{ ref("stg_orders") }}
        where ordered_at_local < {{ as_of() }}
    ),

    classified as (
        select order_id, count(*) as copies
        from {{ ref("int_orders_classified") }}
        group by order_id
    )

select
    coalesce(orders.order_id, classified.order_id) as order_id,
    coalesce(classified.copies, 0) as copies
from orders
full join classified on orders.order_id = classified.order_id
where orders.order_id is null or classified.copies is distinct from 1
