-- Customers whose orders or revenue differ from the sum of their rows in fct_orders.
with
    orders as (
        select
            customer_id,
            count(*) as orders,
            cast(sum(net_revenue_reporting) as decimal(18, 4)) as net_revenue,
            min(order_date) as first_order_date,
            max(order_date) as last_order_date
        from {{ ref("fct_orders") }}
        where customer_id is not null
        group by customer_id
    ),

    customers as (select * from {{ ref("dim_customers") }} where orders > 0)

select
    coalesce(customers.customer_id, orders.customer_id) as customer_id,
    customers.orders,
    orders.orders as counted_orders,
    customers.net_revenue,
    orders.net_revenue as counted_net_revenue
from customers
full join orders on customers.customer_id = orders.customer_id
where
    customers.orders is distinct from orders.orders
    or customers.net_revenue is distinct from coalesce(orders.net_revenue, 0)
    or customers.first_order_date is distinct from orders.first_order_date
    or customers.last_order_date is distinct from orders.last_order_date
