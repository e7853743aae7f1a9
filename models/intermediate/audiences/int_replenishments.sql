-- One row is one customer and consumable product: when it will have run out.
with
    bought as (
        select customer_id, product_id, max(order_date) as last_order_date
        from {{ ref("int_order_products") }}
        where customer_id is not null
        group by customer_id, product_id
    ),

    products as (select * from {{ ref("stg_products") }} where replenishment_days > 0),

    final as (
        select
            cast(bought.customer_id as varchar) as customer_id,
            cast(bought.product_id as varchar) as product_id,
            cast(products.name as varchar) as product_name,
            cast(bought.last_order_date as date) as last_order_date,
            cast(products.replenishment_days as integer) as replenishment_days,
            {{ add_days("bought.last_order_date", "products.replenishment_days") }}
            as due_date,
            {{ days_between(
                add_days("bought.last_order_date", "products.replenishment_days"), as_of_date()
            ) }}
            as days_overdue
        from bought
        inner join products on bought.product_id = products.product_id
    )

select *
from final
