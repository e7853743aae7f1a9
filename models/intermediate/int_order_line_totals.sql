-- One row is one order that has lines: its lines added up.
-- Amounts are after line discounts and before the discount of the order.
with
    lines as (select * from {{ ref("int_order_lines") }}),

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
        from lines
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
