-- One row is one order that has lines; the only place where all order lines are added
-- up.
-- Amounts are after line discounts and before the discount of the order.
with
    lines as (select * from {{ ref("stg_order_lines") }}),

    products as (select * from {{ ref("stg_products") }}),

    priced as (
        select
            lines.order_id,
            lines.quantity,
            coalesce(lines.discount_amount, 0) as line_discount_amount,
            {{ line_amount("lines.quantity", "lines.unit_price") }}
            - coalesce(lines.discount_amount, 0) as line_amount,
            {{ line_amount("lines.quantity", "coalesce(lines.unit_cost, products.unit_cost)") }}
            as cost_amount,
            case
                when coalesce(lines.is_gift_card, false)
                then 'gift_card'
                when coalesce(products.is_merchandise, true)
                then 'merchandise'
                else 'other'
            end as kind
        from lines
        left join products on lines.product_id = products.product_id
    ),

    totals as (
        select
            order_id,
            count(*) as lines,
            count(*) filter (where kind <> 'other') as merchandise_lines,
            sum(quantity) as quantity,
            sum(line_amount) filter (where kind = 'merchandise') as merchandise_gross,
            sum(line_amount) filter (where kind = 'other') as non_merchandise_gross,
            sum(line_amount) filter (where kind = 'gift_card') as gift_card_amount,
            sum(line_discount_amount) as line_discount_amount,
            sum(cost_amount) filter (
                where kind = 'merchandise'
            ) as merchandise_cost_amount,
            sum(cost_amount) filter (where kind <> 'gift_card') as cost_amount
        from priced
        group by order_id
    ),

    final as (
        select
            cast(order_id as varchar) as order_id,
            cast(lines as bigint) as lines,
            cast(merchandise_lines as bigint) as merchandise_lines,
            cast(quantity as decimal(18, 4)) as quantity,
            {{ money("coalesce(merchandise_gross, 0)") }} as merchandise_gross,
            {{ money("coalesce(non_merchandise_gross, 0)") }} as non_merchandise_gross,
            {{ money("coalesce(gift_card_amount, 0)") }} as gift_card_amount,
            {{ money("line_discount_amount") }} as line_discount_amount,
            {{ money("merchandise_cost_amount") }} as merchandise_cost_amount,
            {{ money("cost_amount") }} as cost_amount,
            cast(cost_amount is not null as boolean) as has_cost
        from totals
    )

select *
from final
