-- One row is one customer with at least one valid order. Money is in the reporting
-- currency.
with
    orders as (select * from {{ ref("int_orders_sequenced") }} where not is_guest),

    channel_orders as (
        select
            customer_id, channel, count(*) as orders, max(ordered_at) as last_ordered_at
        from {{ ref("int_orders_sequenced") }}
        where not is_guest and channel is not null
        group by customer_id, channel
    ),

    preferred as (
        select
            customer_id,
            channel,
            count(*) over (partition by customer_id) as channels_used
        from channel_orders
        qualify
            row_number() over (
                partition by customer_id
                order by orders desc, last_ordered_at desc, channel
            )
            = 1
    ),

    totals as (
        select
            customer_id,
            min(first_ordered_at) as first_ordered_at,
            min(first_order_date) as first_order_date,
            max(ordered_at) as last_ordered_at,
            max(order_date) as last_order_date,
            count(*) as orders,
            count(*) filter (
                where order_number = 1 or days_since_prior_order > 0
            ) as purchase_days,
            sum(gross_revenue_reporting) as gross_revenue,
            sum(net_revenue_reporting) as net_revenue,
            sum(gross_margin_reporting) as gross_margin,
            sum(net_revenue_reporting) filter (
                where is_first_order
            ) as first_order_revenue,
            max(reporting_currency) as currency,
            min(cohort_month) as cohort_month,
            max(case when is_left_censored then 1 else 0 end) = 1 as is_left_censored,
            count(*) filter (
                where discount_amount + line_discount_amount > 0
            ) as discounted_orders,
            count(*) filter (
                where discount_amount + line_discount_amount = 0
            ) as full_price_orders
        from orders
        group by customer_id
    ),

    final as (
        select
            cast(totals.customer_id as varchar) as customer_id,
            cast(totals.first_ordered_at as timestamp) as first_ordered_at,
            cast(totals.first_order_date as date) as first_order_date,
            cast(totals.last_ordered_at as timestamp) as last_ordered_at,
            cast(totals.last_order_date as date) as last_order_date,
            cast(totals.orders as bigint) as orders,
            cast(totals.purchase_days as bigint) as purchase_days,
            {{ money("totals.gross_revenue") }} as gross_revenue,
            {{ money("totals.net_revenue") }} as net_revenue,
            {{ money("totals.gross_margin") }} as gross_margin,
            {{ money("totals.first_order_revenue") }} as first_order_revenue,
            cast(totals.currency as varchar) as currency,
            cast(totals.cohort_month as date) as cohort_month,
            cast(totals.is_left_censored as boolean) as is_left_censored,
            cast(totals.discounted_orders as bigint) as discounted_orders,
            cast(totals.full_price_orders as bigint) as full_price_orders,
            cast(coalesce(preferred.channels_used, 0) as bigint) as channels_used,
            cast(preferred.channel as varchar) as preferred_channel
        from totals
        left join preferred on totals.customer_id = preferred.customer_id
    )

select *
from final
