-- One row is one buyer: how they order, as far as it tells what keeps them.
with
    orders as (select * from {{ ref("int_orders_sequenced") }} where not is_guest),

    members as (select * from {{ ref("int_loyalty_members") }}),

    -- orders with points earned or redeemed
    pointed as (
        select distinct order_id
        from {{ ref("int_loyalty_entries") }}
        where entry_type in ('earn', 'redeem') and order_id is not null
    ),

    places as (
        select customer_id, 'channel' as place, channel as name, count(*) as orders
        from {{ ref("int_orders_sequenced") }}
        where not is_guest and channel is not null
        group by customer_id, channel
        union all
        select customer_id, 'location', location_id, count(*)
        from {{ ref("int_orders_sequenced") }}
        where not is_guest and location_id is not null
        group by customer_id, location_id
    ),

    tops as (
        select
            customer_id,
            max(orders) filter (where place = 'channel') as channel_orders,
            max(orders) filter (where place = 'location') as location_orders
        from places
        group by customer_id
    ),

    counted as (
        select
            orders.customer_id,
            count(*) as orders,
            count(*) filter (
                where orders.discount_amount + orders.line_discount_amount = 0
            ) as full_price_orders,
            count(*) filter (
                where orders.order_date >= members.enrolled_date
            ) as orders_since_enrol,
            count(*) filter (
                where
                    orders.order_date >= members.enrolled_date
                    and (
                        pointed.order_id is not null
                        or orders.discount_amount + orders.line_discount_amount > 0
                    )
            ) as programme_orders
        from orders
        left join members on orders.customer_id = members.customer_id
        left join pointed on orders.order_id = pointed.order_id
        group by orders.customer_id
    ),

    final as (
        select
            cast(counted.customer_id as varchar) as customer_id,
            cast(counted.orders as bigint) as orders,
            cast(full_price_orders as bigint) as full_price_orders,
            cast(orders_since_enrol as bigint) as orders_since_enrol,
            cast(programme_orders as bigint) as programme_orders,
            cast(coalesce(tops.channel_orders, 0) as bigint) as top_channel_orders,
            cast(coalesce(tops.location_orders, 0) as bigint) as top_location_orders
        from counted
        left join tops on counted.customer_id = tops.customer_id
    )

select *
from final
