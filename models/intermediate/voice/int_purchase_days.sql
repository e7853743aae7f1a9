-- One row is one day on which a customer placed valid orders, and the next such day.
with
    orders as (
        select * from {{ ref("int_orders_valid") }} where customer_id is not null
    ),

    days as (
        select customer_id, order_date, count(*) as orders
        from orders
        group by customer_id, order_date
    ),

    final as (
        select
            cast(customer_id as varchar) as customer_id,
            cast(order_date as date) as order_date,
            cast(orders as bigint) as orders,
            cast(
                sum(orders) over (
                    partition by customer_id
                    order by order_date nulls last
                    rows between unbounded preceding and current row
                ) as bigint
            ) as orders_so_far,
            cast(
                lead(order_date) over (
                    partition by customer_id order by order_date nulls last
                ) as date
            ) as next_order_date
        from days
    )

select *
from final
