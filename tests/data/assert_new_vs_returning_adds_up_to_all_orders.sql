-- In every grain the periods together hold each buyer once as new, each order and all
-- revenue.
with
    orders as (
        select
            count(distinct customer_id) as buyers,
            count(customer_id) as orders,
            count(*) - count(customer_id) as guest_orders,
            coalesce(
                sum(case when customer_id is not null then net_revenue_reporting end), 0
            ) as net_revenue,
            coalesce(
                sum(case when customer_id is null then net_revenue_reporting end), 0
            ) as guest_revenue,
        from {{ ref("int_orders_sequenced") }}
    ),

    periods as (
        select
            period_grain,
            sum(new_customers) as new_customers,
            sum(orders) as period_orders,
            sum(guest_orders) as period_guest_orders,
            sum(net_revenue) as period_net_revenue,
            sum(guest_revenue) as period_guest_revenue,
        from {{ ref("new_vs_returning") }}
        group by period_grain
    )

select periods.*, orders.*
from periods
cross join orders
where
    new_customers <> buyers
    or period_orders <> orders
    or period_guest_orders <> guest_orders
    or period_net_revenue <> net_revenue
    or period_guest_revenue <> guest_revenue
