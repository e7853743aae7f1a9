-- Orders whose parts do not add up to what the shop reported: subtotal = net revenue
-- + refunds + discount + gift cards (+ lines that are no merchandise, by policy).
{%- set basis = policy("order_revenue_basis") %}
{%- set merchandise_only = policy("merchandise_only") == "true" %}
select
    order_id,
    subtotal_amount,
    gift_card_amount,
    non_merchandise_amount,
    discount_amount,
    refund_amount,
    gross_revenue,
    net_revenue
from {{ ref("int_order_amounts") }}
where
    subtotal_amount is distinct from gross_revenue + gift_card_amount
    {{ "+ non_merchandise_amount" if merchandise_only }}
    {% if basis == "net_product" %}
        or gross_revenue is distinct from net_revenue + refund_amount + discount_amount
    {% elif basis == "gross" %} or gross_revenue is distinct from net_revenue
    {% endif %}
