-- Valid orders with gift cards whose refunds exceed the price of everything else.
-- A gift card was paid back: its sale was no revenue, its refund lowers net revenue.
{{ config(severity="warn") }}
select
    order_id,
    customer_id,
    subtotal_amount,
    gift_card_amount,
    discount_amount,
    refund_amount,
    net_revenue
from {{ ref("int_orders_valid") }}
where
    gift_card_amount > 0
    and refund_amount > subtotal_amount - gift_card_amount - discount_amount
