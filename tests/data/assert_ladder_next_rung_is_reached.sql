-- Whoever has a next order has reached the next rung: customers_next(n) =
-- customers_reached(n + 1).
-- With it, customers_reached cannot rise from rung to rung.
with
    rungs as (
        select
            segment_type,
            segment,
            window_days,
            order_number,
            customers_reached,
            customers_next,
            lead(order_number) over (
                partition by segment_type, segment, window_days
                order by order_number nulls last
            ) as next_order_number,
            lead(customers_reached, 1, 0) over (
                partition by segment_type, segment, window_days
                order by order_number nulls last
            ) as next_customers_reached,
        from {{ ref("repeat_purchase_ladder") }}
    )

select *
from rungs
where
    customers_next <> next_customers_reached
    or customers_reached < next_customers_reached
    or coalesce(next_order_number, order_number + 1) <> order_number + 1
