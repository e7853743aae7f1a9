-- One product that identified customers bought: in how many orders, by how many of
-- them.
with
    names as (
        select product_id, max(product_name) as product_name, max(category) as category
        from {{ ref("int_order_products") }}
        where customer_id is not null
        group by product_id
    ),

    -- one product and customer, then one product: cheaper than counting distinct ones
    customers as (
        select product_id, customer_id, count(*) as orders
        from {{ ref("int_order_products") }}
        where customer_id is not null
        group by product_id, customer_id
    ),

    counted as (
        select product_id, sum(orders) as orders, count(*) as customers
        from customers
        group by product_id
    ),

    final as (
        select
            cast(names.product_id as varchar) as product_id,
            cast(names.product_name as varchar) as product_name,
            cast(names.category as varchar) as category,
            cast(counted.orders as bigint) as orders,
            cast(counted.customers as bigint) as customers,
            -- a small number to join on
            cast(
                row_number() over (order by names.product_id nulls last) as integer
            ) as product_key,
        from names
        inner join counted on names.product_id = counted.product_id
    )

select *
from final
