-- Two products that stood together in at least product_affinity_min_orders orders of
-- identified customers. product_a < product_b.
with
    -- each side by itself: a CTE that is read twice is kept whole
    baskets_a as (select * from {{ ref("int_product_baskets") }}),

    baskets_b as (select * from {{ ref("int_product_baskets") }}),

    buyers_a as (select * from {{ ref("int_product_buyers") }}),

    buyers_b as (select * from {{ ref("int_product_buyers") }}),

    products as (select product_id, product_key from {{ ref("int_product_totals") }}),

    pairs as (
        select
            side_a.product_key as key_a,
            side_b.product_key as key_b,
            count(*) as orders_both
        from baskets_a as side_a
        inner join
            baskets_b as side_b
            on side_a.customer_key = side_b.customer_key
            and side_a.order_number = side_b.order_number
            and side_a.product_key < side_b.product_key
        group by side_a.product_key, side_b.product_key
        having count(*) >= {{ var("product_affinity_min_orders") | int }}
    ),

    pair_buyers as (
        select
            pairs.key_a,
            pairs.key_b,
            pairs.orders_both,
            count(*) as customers_both,
            count(*) filter (where side_b.last_order > side_a.first_order) as b_after_a,
            count(*) filter (where side_a.last_order > side_b.first_order) as a_after_b
        from buyers_a as side_a
        inner join
            buyers_b as side_b
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
            cast(a_after_b as bigint) as customers_a_after_b
        from pair_buyers
        inner join products as product_a on pair_buyers.key_a = product_a.product_key
        inner join products as product_b on pair_buyers.key_b = product_b.product_key
    )

select *
from final
