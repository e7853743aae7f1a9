-- Refunds before as_of that lower nothing: their order is unknown (or comes later)
-- and no
-- customer is named, or the customer is unknown.
{{ config(severity="warn") }}
select refunds.refund_id, refunds.order_id, refunds.customer_id, refunds.amount
from {{ ref("stg_refunds") }} as refunds
left join {{ ref("int_order_amounts") }} as orders on refunds.order_id = orders.order_id
left join
    {{ ref("int_customer_resolution") }} as resolution
    on refunds.customer_id = resolution.source_customer_id
where
    refunds.refunded_at_local < {{ as_of() }}
    and refunds.invoice_id is null
    and orders.order_id is null
    and resolution.customer_id is null
