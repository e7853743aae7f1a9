-- One row is one customer and one month in which they used any channel, and what they
-- bought in it and afterwards.
with
    uses as (select * from {{ ref("int_channel_uses") }}),

    orders as (
        select * from {{ ref("int_orders_valid") }} where customer_id is not null
    ),

    customer_orders as (select * from {{ ref("int_customer_orders") }}),

    months as (
        select
            customer_id,
            month,
            {{ add_periods("month", "month", 1) }} as next_month,
            count(*) as channels_used,
            count(*) filter (where channel_kind = 'order') as order_channels,
            count(*) filter (where channel_kind = 'message') as message_channels,
            count(*) filter (where channel_kind = 'support') as support_channels
        from uses
        group by customer_id, month
    ),

    bought as (
        select
            months.customer_id,
            months.month,
            count(*) filter (where order_date < next_month) as orders,
            sum(net_revenue_reporting) filter (
                where order_date < next_month
            ) as net_revenue,
            count(*) filter (where order_date >= next_month) as orders_90d,
            sum(net_revenue_reporting) filter (
                where order_date >= next_month
            ) as net_revenue_90d
        from months
        inner join
            orders
            on months.customer_id = orders.customer_id
            and orders.order_date >= months.month
            and orders.order_date < {{ add_days("months.next_month", "90") }}
        group by months.customer_id, months.month
    ),

    final as (
        select
            cast(months.customer_id as varchar) as customer_id,
            cast(months.month as date) as month,
            cast(months.channels_used as bigint) as channels_used,
            cast(order_channels as bigint) as order_channels,
            cast(message_channels as bigint) as message_channels,
            cast(support_channels as bigint) as support_channels,
            cast(coalesce(bought.orders, 0) as bigint) as orders,
            {{ money("coalesce(bought.net_revenue, 0)") }} as net_revenue,
            cast(coalesce(bought.orders_90d, 0) > 0 as boolean) as has_returned_90d,
            {{ money("coalesce(bought.net_revenue_90d, 0)") }} as net_revenue_90d,
            {{ money("coalesce(customer_orders.net_revenue, 0)") }}
            as net_revenue_to_date,
            cast(
                cast(next_month as timestamp) <= {{ as_of() }} as boolean
            ) as is_complete,
            cast(
                cast({{ add_days("next_month", "90") }} as timestamp)
                <= {{ as_of() }} as boolean
            ) as is_complete_90d
        from months
        left join
            bought
            on months.customer_id = bought.customer_id
            and months.month = bought.month
        left join customer_orders on months.customer_id = customer_orders.customer_id
    )

select *
from final
