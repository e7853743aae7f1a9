-- Every buyer stands on the first rung, and in exactly one segment of each type.
with
    buyers as (select count(*) as buyers from {{ ref("int_customer_orders") }}),

    first_rungs as (
        select segment_type, window_days, sum(customers_reached) as customers_reached
        from {{ ref("repeat_purchase_ladder") }}
        where order_number = 1
        group by segment_type, window_days
    )

select first_rungs.*, buyers.buyers
from first_rungs
cross join buyers
where first_rungs.customers_reached <> buyers.buyers
