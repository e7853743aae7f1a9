-- Customers whose orders are not numbered 1, 2, 3, ... or who have not exactly one
-- first.
with
    numbers as (
        select
            customer_id,
            order_number,
            count(*) as copies,
            count(*) filter (where is_first_order) as firsts
        from {{ ref("fct_orders") }}
        where not is_guest
        group by customer_id, order_number
    )

select
    customer_id,
    sum(copies) as orders,
    min(order_number) as first_number,
    max(order_number) as last_number,
    count(*) as numbers,
    sum(firsts) as first_orders
from numbers
group by customer_id
having
    min(order_number) <> 1
    or max(order_number) <> sum(copies)
    or count(*) <> sum(copies)
    or sum(firsts) <> 1
