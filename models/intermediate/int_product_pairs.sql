-- Two products that stood together in at least product_affinity_min_orders orders of
-- identified customers. product_a < product_b.
with
    order_products as (
        select order_id, product_id
        from {{ ref("int_order_products") }}
        where customer_id is not null
    ),

    -- numbers instead of ids: the joins below meet millions of pairs
    orders as (
        select
            order_id,
            order_number,
            row_number() over (order by order_id nulls last) as order_key,
            dense_rank() over (order by customer_id nulls last) as customer_key,
        from {{ ref("int_orders_sequenced") }}
        where customer_id is not null
    ),

    products as (
        select product_id, product_key
        from {{ ref("int_product_totals") }}
        where orders >= {{ var("product_affinity_min_orders") | int }}
    ),

    baskets as (
        select
            orders.order_key,
            orders.customer_key,
            orders.order_number,
            products.product_key,
        from order_products
        inner join products on order_products.product_id = products.product_id
        inner join orders on order_products.order_id = orders.order_id
    ),

    pairs as (
        select
            side_a.product_key as key_a,
            side_b.product_key as key_b,
            count(*) as orders_both,
        from baskets as side_a
        inner join
            baskets as side_b
            on side_a.order_key = side_b.order_key
            and side_a.product_key < side_b.product_key
        group by side_a.product_key, side_b.product_key
        having count(*) >= {{ var("product_affinity_min_orders") | int }}
    ),

    buyers as (
        select
            customer_key,
            product_key,
            min(order_number) as first_order,
            max(order_number) as last_order,
        from baskets
        group by customer_key, product_key
    ),

    pair_buyers as (
        select
            pairs.key_a,
            pairs.key_b,
            pairs.orders_both,
            count(*) as customers_both,
            count(*) filter (where side_b.last_order > side_a.first_order) as b_after_a,
            count(*) filter (where side_a.last_order > side_b.first_order) as a_after_b,
        from buyers as side_a
        inner join
            buyers as side_b
            on side_a.customer_key = side_b.customer_key
            and side_a.product_key < side_b.product_key
        inner join
            pairs
            on side_a.product_key = pairs.key_a
            and side_b.product_key = pairs.key_b
        group by pairs.key_a, pairs.key_b, pairs.orders_both
    ),

    final as (
        select
            cast(product_a.product_id as varchar) as product_a,
            cast(product_b.product_id as varchar) as product_b,
            cast(orders_both as bigint) as orders_both,
            cast(customers_both as bigint) as customers_both,
            cast(b_after_a as bigint) as customers_b_after_a,
            cast(a_after_b as bigint) as customers_a_after_b,
        from pair_buyers
        inner join products as product_a on pair_buyers.key_a = product_a.product_key
        inner join products as product_b on pair_buyers.key_b = product_b.product_key
    )

select *
from final
