-- Valid orders worth more after discounts and refunds than before: a negative
-- discount or
-- refund in the source. On basis total there is tax and shipping in net: nothing to
-- compare.
select order_id, customer_id, gross_revenue, discount_amount, refund_amount, net_revenue
from {{ ref("int_orders_valid") }}
where net_revenue > gross_revenue and '{{ policy("order_revenue_basis") }}' <> 'total'
