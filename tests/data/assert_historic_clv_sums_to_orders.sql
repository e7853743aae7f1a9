-- The historic CLV of all customers together is the net revenue of all their orders.
with
    valued as (
        select
            sum(historic_clv) as historic_clv,
            sum(first_order_revenue + repeat_order_revenue) as parts,
            sum(orders) as orders
        from {{ ref("clv") }}
    ),

    sold as (
        select count(*) as orders, sum(net_revenue_reporting) as net_revenue
        from {{ ref("int_orders_valid") }}
        where customer_id is not null
    )

select valued.*, sold.orders as expected_orders, sold.net_revenue as expected_clv
from valued
cross join sold
where
    coalesce(valued.orders, 0) <> sold.orders
    or coalesce(valued.historic_clv, 0) <> coalesce(sold.net_revenue, 0)
    or coalesce(valued.parts, 0) <> coalesce(sold.net_revenue, 0)
