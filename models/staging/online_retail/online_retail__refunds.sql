-- One row is one cancelled line: a canonical refund of an order, or a credit of a
-- customer.
{{ config(enabled=(var("adapters", none) or {}).get("refunds") == "online_retail") }}
with
    returned as (select * from {{ ref("online_retail__returns") }}),

    final as (
        select
            cast(line_id as varchar) as refund_id,
            cast(sale_invoice_no as varchar) as order_id,
            cast(null as varchar) as invoice_id,
            cast(
                case when sale_invoice_no is null then customer_id end as varchar
            ) as customer_id,
            cast(returned_at as timestamp) as refunded_at,
            cast(amount as decimal(18, 4)) as amount,
            cast(null as decimal(18, 4)) as tax_amount,
            cast(null as decimal(18, 4)) as shipping_amount,
            cast('cancellation' as varchar) as reason,
            cast(null as timestamp) as _loaded_at,
        from returned
    )

select *
from final
