-- Customers whose orders are not numbered 1, 2, 3, ... or who have not exactly one
-- first.
select
    customer_id,
    count(*) as orders,
    min(order_number) as first_number,
    max(order_number) as last_number,
    count(distinct order_number) as numbers,
    count(*) filter (where is_first_order) as first_orders
from {{ ref("fct_orders") }}
where not is_guest
group by customer_id
having
    min(order_number) <> 1
    or max(order_number) <> count(*)
    or count(distinct order_number) <> count(*)
    or count(*) filter (where is_first_order) <> 1
