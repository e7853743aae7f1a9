-- One product that identified customers bought: in how many orders, by how many of
-- them.
with
    order_products as (
        select order_id, product_id, product_name, category, customer_id
        from {{ ref("int_order_products") }}
        where customer_id is not null
    ),

    final as (
        select
            cast(product_id as varchar) as product_id,
            cast(max(product_name) as varchar) as product_name,
            cast(max(category) as varchar) as category,
            cast(count(*) as bigint) as orders,
            cast(count(distinct customer_id) as bigint) as customers,
            -- a small number to join on
            cast(
                row_number() over (order by product_id nulls last) as integer
            ) as product_key,
        from order_products
        group by product_id
    )

select *
from final
