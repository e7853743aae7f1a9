-- One product in one valid order of an identified customer, all by number: what the
-- joins of int_product_pairs meet millions of times. Rare products are left out.
with
    order_products as (
        select order_id, product_id
        from {{ ref("int_order_products") }}
        where customer_id is not null
    ),

    orders as (
        select
            order_id,
            order_number,
            row_number() over (order by order_id nulls last) as order_key,
            dense_rank() over (order by customer_id nulls last) as customer_key
        from {{ ref("int_orders_sequenced") }}
        where customer_id is not null
    ),

    products as (
        select product_id, product_key
        from {{ ref("int_product_totals") }}
        where orders >= {{ var("product_affinity_min_orders") | int }}
    ),

    final as (
        select
            cast(orders.order_key as integer) as order_key,
            cast(products.product_key as integer) as product_key,
            cast(orders.customer_key as integer) as customer_key,
            cast(orders.order_number as integer) as order_number
        from order_products
        inner join products on order_products.product_id = products.product_id
        inner join orders on order_products.order_id = orders.order_id
    )

select *
from final
