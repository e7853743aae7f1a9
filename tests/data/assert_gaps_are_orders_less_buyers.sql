-- A customer with n purchases has n - 1 gaps; purchases are orders, or purchase days
-- when
-- collapse_same_day_orders is on.
with
    expected as (
        select
            customer_id,
            case
                when '{{ policy("collapse_same_day_orders") }}' = 'true'
                then purchase_days
                else orders
            end
            - 1 as expected_gaps,
        from {{ ref("int_customer_orders") }}
    ),

    actual as (
        select customer_id, count(gap_days) as gaps
        from {{ ref("int_order_gaps") }}
        group by customer_id
    )

select
    coalesce(expected.customer_id, actual.customer_id) as customer_id,
    expected.expected_gaps,
    actual.gaps,
from expected
full join actual on expected.customer_id = actual.customer_id
where expected.expected_gaps is distinct from actual.gaps
