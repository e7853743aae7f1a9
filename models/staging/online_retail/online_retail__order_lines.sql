-- One row is one sold line of an invoice: a canonical order line.
{{ config(enabled=(var("adapters", none) or {}).get("order_lines") == "online_retail") }}
with
    lines as (select * from {{ ref("online_retail__lines") }}),

    sales as (select * from lines where line_kind = 'sale'),

    final as (
        select
            cast(line_id as varchar) as order_line_id,
            cast(invoice_no as varchar) as order_id,
            cast(stock_code as varchar) as product_id,
            cast(quantity as decimal(18, 4)) as quantity,
            cast(unit_price as decimal(18, 4)) as unit_price,
            cast(null as decimal(18, 4)) as discount_amount,
            cast(null as decimal(18, 4)) as unit_cost,
            cast(lower(stock_code) like 'gift%' as boolean) as is_gift_card,
            cast(null as timestamp) as _loaded_at,
        from sales
    )

select *
from final
