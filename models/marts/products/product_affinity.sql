-- Two products that go together: in one order, and one after the other.
-- One row per unordered pair, product_a < product_b; guests' orders are not in it.
with
    pairs as (select * from {{ ref("int_product_pairs") }}),

    products as (select * from {{ ref("int_product_totals") }}),

    totals as (
        select count(distinct order_id) as orders_total
        from {{ ref("int_order_products") }}
        where customer_id is not null
    ),

    compared as (
        select
            pairs.product_a,
            pairs.product_b,
            product_a.product_name as product_a_name,
            product_b.product_name as product_b_name,
            totals.orders_total,
            product_a.orders as orders_a,
            product_b.orders as orders_b,
            pairs.orders_both,
            product_a.customers as customers_a,
            product_b.customers as customers_b,
            pairs.customers_both,
            pairs.customers_b_after_a,
            pairs.customers_a_after_b,
        from pairs
        inner join products as product_a on pairs.product_a = product_a.product_id
        inner join products as product_b on pairs.product_b = product_b.product_id
        cross join totals
    ),

    final as (
        select
            product_a,
            product_b,
            product_a_name,
            product_b_name,
            orders_total,
            orders_a,
            orders_b,
            orders_both,
            {{ safe_divide("orders_both", "orders_total") }} as support,
            {{ safe_divide("orders_both", "orders_a") }} as confidence_ab,
            {{ safe_divide("orders_both", "orders_b") }} as confidence_ba,
            {{ safe_divide("orders_both * orders_total", "orders_a * orders_b") }}
            as lift,
            customers_a,
            customers_b,
            customers_both,
            customers_b_after_a,
            customers_a_after_b,
            {{ safe_divide("customers_b_after_a", "customers_a") }}
            as next_purchase_share_ab,
            {{ safe_divide("customers_a_after_b", "customers_b") }}
            as next_purchase_share_ba,
            least(customers_a, customers_b) < {{ policy("min_cell_size") }} as is_low_n,
        from compared
    )

select *
from final
