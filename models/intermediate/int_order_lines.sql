-- One row is one line of an order with what it adds to it; the only place where order
-- lines are read.
-- Amounts are after line discounts and before the discount of the order.
with
    lines as (select * from {{ ref("stg_order_lines") }}),

    products as (select * from {{ ref("stg_products") }}),

    final as (
        select
            cast(lines.order_line_id as varchar) as order_line_id,
            cast(lines.order_id as varchar) as order_id,
            cast(lines.product_id as varchar) as product_id,
            cast(lines.quantity as decimal(18, 4)) as quantity,
            {{ money("coalesce(lines.discount_amount, 0)") }} as line_discount_amount,
            {{ money(line_amount("lines.quantity", "lines.unit_price") ~ " - coalesce(lines.discount_amount, 0)") }}
            as line_amount,
            {{ money(line_amount("lines.quantity", "coalesce(lines.unit_cost, products.unit_cost)")) }}
            as cost_amount,
            cast(
                case
                    when coalesce(lines.is_gift_card, false)
                    then 'gift_card'
                    when coalesce(products.is_merchandise, true)
                    then 'merchandise'
                    else 'other'
                end as varchar
            ) as kind
        from lines
        left join products on lines.product_id = products.product_id
    )

select *
from final
