-- One row is one invoice with at least one sold line: a canonical order.
{{ config(enabled=(var("adapters", none) or {}).get("orders") == "online_retail") }}
with
    lines as (select * from {{ ref("online_retail__lines") }}),

    invoices as (
        select
            invoice_no,
            max(customer_id) as customer_id,
            min(invoiced_at) as ordered_at,
            sum(amount) as subtotal_amount,
        from lines
        where line_kind = 'sale'
        group by invoice_no
    ),

    final as (
        select
            cast(invoice_no as varchar) as order_id,
            cast(customer_id as varchar) as customer_id,
            cast(null as varchar) as email,
            cast(ordered_at as timestamp) as ordered_at,
            cast('paid' as varchar) as status,
            cast('GBP' as varchar) as currency,
            cast(subtotal_amount as decimal(18, 4)) as subtotal_amount,
            cast(null as decimal(18, 4)) as discount_amount,
            cast(null as decimal(18, 4)) as shipping_amount,
            cast(null as decimal(18, 4)) as tax_amount,
            cast(subtotal_amount as decimal(18, 4)) as total_amount,
            cast(null as decimal(18, 4)) as refunded_amount,
            cast(null as varchar) as channel,
            cast(null as varchar) as location_id,
            cast(null as varchar) as discount_code,
            cast(null as varchar) as utm_source,
            cast(null as varchar) as utm_medium,
            cast(null as varchar) as utm_campaign,
            cast(false as boolean) as is_test,
            cast(null as timestamp) as cancelled_at,
            cast(false as boolean) as is_subscription_order,
            cast(null as timestamp) as _loaded_at,
        from invoices
    )

select *
from final
