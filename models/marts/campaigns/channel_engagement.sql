-- One row is one customer and one month in which they used any channel.
with
    months as (select * from {{ ref("int_channel_months") }}),

    reporting as (select reporting_currency from {{ ref("int_reporting_currency") }}),

    final as (
        select
            customer_id,
            month,
            channels_used,
            order_channels,
            message_channels,
            support_channels,
            channels_used >= 2 as is_multichannel,
            channels_used > 3 as is_over_three_channels,
            orders,
            net_revenue,
            case when is_complete_90d then has_returned_90d end as has_returned_90d,
            {{ money("case when is_complete_90d then net_revenue_90d end") }}
            as net_revenue_90d,
            net_revenue_to_date,
            cast(reporting_currency as varchar) as currency,
            is_complete,
            is_complete_90d
        from months
        cross join reporting
    )

select *
from final
