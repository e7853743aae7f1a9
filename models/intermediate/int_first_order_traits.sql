-- One trait of one customer's first order: a product in it, a category, its discount,
-- its
-- channel. A first order with three products gives three product rows.
with
    products as (
        select customer_id, product_id, product_name
        from {{ ref("int_order_products") }}
        where order_number = 1
    ),

    categories as (
        select distinct customer_id, coalesce(category, 'unknown') as category
        from {{ ref("int_order_products") }}
        where order_number = 1
    ),

    discounts as (
        select
            customer_id,
            discount_code,
            discount_amount + line_discount_amount > 0 as is_discounted,
        from {{ ref("int_orders_sequenced") }}
        where is_first_order
    ),

    channels as (
        select customer_id, coalesce(channel, 'unknown') as channel
        from {{ ref("int_orders_sequenced") }}
        where is_first_order
    ),

    traits as (
        select
            customer_id,
            'product' as dimension,
            product_id as value,
            product_name as label
        from products
        union all
        select customer_id, 'category', category, category
        from categories
        union all
        select
            customer_id,
            'discount',
            coalesce(
                discount_code,
                case when is_discounted then 'no_code' else 'full_price' end
            ),
            coalesce(
                discount_code,
                case
                    when is_discounted then 'Discount without a code' else 'Full price'
                end
            )
        from discounts
        union all
        select customer_id, 'channel', channel, channel
        from channels
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
