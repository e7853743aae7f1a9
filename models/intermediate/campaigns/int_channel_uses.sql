-- One row is one customer, one month and one channel they used in it: bought through,
-- answered a message of, or asked for help.
with
    orders as (
        select * from {{ ref("int_orders_valid") }} where customer_id is not null
    ),

    contacts as (select * from {{ ref("int_contacts") }} where has_responded),

    tickets as (select * from {{ ref("int_tickets") }}),

    uses as (
        select
            customer_id,
            {{ period_start("month", "order_date") }} as month,
            'order' as channel_kind,
            coalesce(channel, 'unknown') as channel
        from orders
        union all
        select
            customer_id,
            {{ period_start("month", "responded_date") }},
            'message',
            channel
        from contacts
        union all
        select customer_id, month, 'support', 'support'
        from tickets
    ),

    final as (
        select
            cast(customer_id as varchar) as customer_id,
            cast(month as date) as month,
            cast(channel_kind as varchar) as channel_kind,
            cast(channel as varchar) as channel,
            cast(count(*) as bigint) as uses
        from uses
        group by customer_id, month, channel_kind, channel
    )

select *
from final
