-- One product in one valid order of an identified customer, all by number: what the
-- joins of int_product_pairs meet millions of times. Rare products are left out.
with
    order_products as (
        select product_id, customer_id, order_number
        from {{ ref("int_order_products") }}
        where customer_id is not null
    ),

    customers as (
        select
            customer_id,
            row_number() over (order by customer_id nulls last) as customer_key
        from {{ ref("int_customer_orders") }}
    ),

    products as (
        select product_id, product_key
        from {{ ref("int_product_totals") }}
        where orders >= {{ var("product_affinity_min_orders") | int }}
    ),

    final as (
        select
            cast(customers.customer_key as integer) as customer_key,
            cast(order_products.order_number as integer) as order_number,
            cast(products.product_key as integer) as product_key
        from order_products
        inner join products on order_products.product_id = products.product_id
        inner join customers on order_products.customer_id = customers.customer_id
    )

select *
from final
