-- One customer and one product of int_product_baskets: the first and the last order
-- with it.
with
    baskets as (select * from {{ ref("int_product_baskets") }}),

    final as (
        select
            customer_key,
            product_key,
            cast(min(order_number) as integer) as first_order,
            cast(max(order_number) as integer) as last_order
        from baskets
        group by customer_key, product_key
    )

select *
from final
