-- One row is one customer with valid orders of products that have a category, and the
-- category most was spent on.
with
    order_products as (
        select *
        from {{ ref("int_order_products") }}
        where customer_id is not null and category is not null
    ),

    spent as (
        select customer_id, category, sum(amount) as amount
        from order_products
        group by customer_id, category
    ),

    final as (
        select
            cast(customer_id as varchar) as customer_id,
            cast(category as varchar) as top_category,
            {{ money("amount") }} as top_category_amount
        from spent
        qualify
            row_number() over (
                partition by customer_id order by amount desc nulls last, category
            )
            = 1
    )

select *
from final
