-- Refunds are exactly the returned lines: none is lost, none is made up, and the
-- money is equal.
{{ config(enabled=(var("adapters", none) or {}).get("refunds") == "online_retail") }}
with
    refunds as (select refund_id, amount from {{ ref("online_retail__refunds") }}),

    returned as (
        select line_id, - amount as amount
        from {{ ref("online_retail__line_audit") }}
        where fate like 'refund_%'
    )

select
    coalesce(refunds.refund_id, returned.line_id) as line_id,
    refunds.amount as refunded_amount,
    returned.amount as returned_amount
from refunds
full join returned on refunds.refund_id = returned.line_id
where refunds.amount is distinct from returned.amount
