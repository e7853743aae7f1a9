-- One row is one order with rows in refunds, and what was paid back before as_of.
-- An order whose refunds all come later has a row with 0: its refunds are known.
with
    refunds as (
        select
            *,
            coalesce(tax_amount, 0) + coalesce(shipping_amount, 0) as charges_amount,
            refunded_at_local < {{ as_of() }} as is_known
        from {{ ref("stg_refunds") }}
        where order_id is not null
    ),

    final as (
        select
            cast(order_id as varchar) as order_id,
            cast(count(*) filter (where is_known) as bigint) as refunds,
            {{ money("coalesce(sum(amount) filter (where is_known), 0)") }}
            as refund_amount,
            {{ money("coalesce(sum(charges_amount) filter (where is_known), 0)") }}
            as refund_charges_amount,
            cast(max(refund_date) filter (where is_known) as date) as last_refund_date
        from refunds
        group by order_id
    )

select *
from final
