-- The subtotal of an order is the sum of its order lines, and every order has lines.
{{
    config(
        enabled=(var("adapters", none) or {}).get("orders") == "online_retail"
        and (var("adapters", none) or {}).get("order_lines") == "online_retail"
    )
}}
with
    orders as (
        select order_id, subtotal_amount from {{ ref("online_retail__orders") }}
    ),

    lines as (
        select order_id, sum(quantity * unit_price) as amount
        from {{ ref("online_retail__order_lines") }}
        group by order_id
    )

select
    coalesce(orders.order_id, lines.order_id) as order_id,
    orders.subtotal_amount,
    lines.amount as amount_of_lines
from orders
full join lines on orders.order_id = lines.order_id
where orders.subtotal_amount is distinct from lines.amount
