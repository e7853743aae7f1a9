-- One trait of one customer's first order: a product in it, a category, its discount,
-- its
-- channel. A first order with three products gives three product rows.
with
    first_orders as (
        select
            order_id,
            customer_id,
            channel,
            discount_code,
            discount_amount + line_discount_amount > 0 as is_discounted,
        from {{ ref("int_orders_sequenced") }}
        where is_first_order
    ),

    first_products as (
        select customer_id, product_id, product_name, category
        from {{ ref("int_order_products") }}
        where order_number = 1
    ),

    traits as (
        select
            customer_id,
            'product' as dimension,
            product_id as value,
            product_name as label
        from first_products
        union all
        select distinct
            customer_id,
            'category' as dimension,
            coalesce(category, 'unknown') as value,
            coalesce(category, 'unknown') as label,
        from first_products
        union all
        select
            customer_id,
            'discount' as dimension,
            coalesce(
                discount_code,
                case when is_discounted then 'no_code' else 'full_price' end
            ) as value,
            coalesce(
                discount_code,
                case
                    when is_discounted then 'Discount without a code' else 'Full price'
                end
            ) as label,
        from first_orders
        union all
        select
            customer_id,
            'channel' as dimension,
            coalesce(channel, 'unknown') as value,
            coalesce(channel, 'unknown') as label,
        from first_orders
    ),

    final as (
        select
            cast(customer_id as varchar) as customer_id,
            cast(dimension as varchar) as dimension,
            cast(value as varchar) as value,
            cast(label as varchar) as label,
        from traits
    )

select *
from final
