-- Every published pair stands in enough orders, and its sides are counted as in the
-- totals.
select affinity.product_a, affinity.product_b, affinity.orders_both
from {{ ref("product_affinity") }} as affinity
left join
    {{ ref("int_product_totals") }} as product_a
    on affinity.product_a = product_a.product_id
left join
    {{ ref("int_product_totals") }} as product_b
    on affinity.product_b = product_b.product_id
where
    affinity.orders_both < {{ var("product_affinity_min_orders") | int }}
    or affinity.orders_a is distinct from product_a.orders
    or affinity.orders_b is distinct from product_b.orders
    or affinity.customers_a is distinct from product_a.customers
    or affinity.customers_b is distinct from product_b.customers
