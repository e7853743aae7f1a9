-- Orders whose lines, after line discounts, differ from the subtotal by a cent or more.
{{ config(severity="warn") }}
select
    orders.order_id,
    orders.subtotal_amount,
    totals.merchandise_gross
    + totals.non_merchandise_gross
    + totals.gift_card_amount as lines_amount
from {{ ref("int_order_amounts") }} as orders
inner join
    {{ ref("int_order_line_totals") }} as totals on orders.order_id = totals.order_id
where
    abs(
        orders.subtotal_amount
        - totals.merchandise_gross
        - totals.non_merchandise_gross
        - totals.gift_card_amount
    )
    >= 0.01
