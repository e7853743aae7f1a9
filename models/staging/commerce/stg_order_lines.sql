-- One row is one line of an order as the source knows it; newest load of each key.
with
    {{ newest_loads("order_lines", "order_line_id", ["order_id", "product_id", "quantity desc", "unit_price desc"]) }},

    final as (
        select
            cast(order_line_id as varchar) as order_line_id,
            cast(order_id as varchar) as order_id,
            cast(product_id as varchar) as product_id,
            cast(quantity as decimal(18, 4)) as quantity,
            cast(unit_price as decimal(18, 4)) as unit_price,
            cast(discount_amount as decimal(18, 4)) as discount_amount,
            cast(unit_cost as decimal(18, 4)) as unit_cost,
            cast(is_gift_card as boolean) as is_gift_card,
            cast(_loaded_at as timestamp) as _loaded_at
        from newest
    )

select *
from final
