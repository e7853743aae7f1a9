-- One row is one order as the source knows it; newest load of each key.
with
    {{ newest_loads("orders", "order_id", ["ordered_at desc", "status", "subtotal_amount desc", "customer_id nulls last"]) }},

    final as (
        select
            cast(order_id as varchar) as order_id,
            cast(customer_id as varchar) as customer_id,
            cast(ordered_at as timestamp) as ordered_at,
            cast(status as varchar) as status,
            cast(currency as varchar) as currency,
            cast(subtotal_amount as decimal(18, 4)) as subtotal_amount,
            cast(discount_amount as decimal(18, 4)) as discount_amount,
            cast(shipping_amount as decimal(18, 4)) as shipping_amount,
            cast(tax_amount as decimal(18, 4)) as tax_amount,
            cast(total_amount as decimal(18, 4)) as total_amount,
            cast(refunded_amount as decimal(18, 4)) as refunded_amount,
            cast(channel as varchar) as channel,
            cast(location_id as varchar) as location_id,
            cast(discount_code as varchar) as discount_code,
            cast(utm_source as varchar) as utm_source,
            cast(utm_medium as varchar) as utm_medium,
            cast(utm_campaign as varchar) as utm_campaign,
            cast(is_test as boolean) as is_test,
            cast(cancelled_at as timestamp) as cancelled_at,
            cast(is_subscription_order as boolean) as is_subscription_order,
            cast({{ hash_identifier('email') }} as varchar) as email_hash,
            cast(
                {{ to_reporting_time('ordered_at') }} as timestamp
            ) as ordered_at_local,
            cast({{ to_reporting_time('ordered_at') }} as date) as order_date,
            cast(_loaded_at as timestamp) as _loaded_at
        from newest
    )

select *
from final
