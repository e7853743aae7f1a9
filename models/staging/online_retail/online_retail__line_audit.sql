-- One row is one line of the published file and what became of it: no line is without
-- a fate.
{{ config(enabled="online_retail" in (var("adapters", none) or {}).values()) }}
with
    lines as (select * from {{ ref("online_retail__lines") }}),

    returned as (select * from {{ ref("online_retail__returns") }}),

    final as (
        select
            cast(lines.line_id as varchar) as line_id,
            cast(lines.invoice_no as varchar) as invoice_no,
            cast(lines.customer_id as varchar) as customer_id,
            cast(lines.invoiced_at as timestamp) as invoiced_at,
            cast(
                case
                    when lines.line_kind = 'sale'
                    then 'order_line'
                    when lines.line_kind = 'return'
                    then 'refund_' || returned.match_result
                    else 'dropped_' || lines.line_kind
                end as varchar
            ) as fate,
            cast(lines.amount as decimal(18, 4)) as amount,
            cast(
                case
                    when lines.line_kind = 'sale'
                    then lines.invoice_no
                    else returned.sale_invoice_no
                end as varchar
            ) as order_id,
            cast(lines.is_repeat as boolean) as is_repeat,
        from lines
        left join returned on lines.line_id = returned.line_id
    )

select *
from final
