-- One product in one valid order (guests included): how many, and for how much.
-- Lines without a positive quantity are no purchase; merchandise_only drops postage
-- and fees.
with
    orders as (
        select order_id, customer_id, order_date, order_number
        from {{ ref("int_orders_sequenced") }}
    ),

    lines as (
        select
            order_id, product_id, sum(quantity) as quantity, sum(line_amount) as amount,
        from {{ ref("int_order_lines") }}
        where quantity > 0
        group by order_id, product_id
    ),

    products as (select * from {{ ref("stg_products") }}),

    final as (
        select
            cast(lines.order_id as varchar) as order_id,
            cast(lines.product_id as varchar) as product_id,
            cast(orders.customer_id as varchar) as customer_id,
            cast(orders.order_date as date) as order_date,
            cast(orders.order_number as bigint) as order_number,
            cast(lines.quantity as decimal(18, 4)) as quantity,
            {{ money("lines.amount") }} as amount,
            cast(products.name as varchar) as product_name,
            cast(products.category as varchar) as category,
            coalesce(products.is_merchandise, true) as is_merchandise,
        from lines
        inner join orders on lines.order_id = orders.order_id
        left join products on lines.product_id = products.product_id
        where
            '{{ policy("merchandise_only") }}' = 'false'
            or coalesce(products.is_merchandise, true)
    )

select *
from final
