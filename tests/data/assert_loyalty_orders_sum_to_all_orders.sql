-- Months of the programme in which orders and revenue of members and non-members do not
-- add up to those of all customers.
with
    programme as (
        select
            month,
            orders + nonmember_orders as orders,
            net_revenue + nonmember_revenue as net_revenue
        from {{ ref("loyalty") }}
        where tier = 'all'
    ),

    sold as (
        select
            {{ period_start("month", "order_date") }} as month,
            count(*) as orders,
            sum(net_revenue_reporting) as net_revenue
        from {{ ref("int_orders_valid") }}
        where customer_id is not null
        group by {{ period_start("month", "order_date") }}
    )

select programme.*, sold.orders as expected_orders, sold.net_revenue as expected_revenue
from programme
left join sold on programme.month = sold.month
where
    programme.orders <> coalesce(sold.orders, 0)
    or programme.net_revenue <> coalesce(sold.net_revenue, 0)
