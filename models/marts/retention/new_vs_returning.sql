-- Who ordered in a period: new customers against customers who had ordered before it.
with
    orders as (
        select min(order_date) as first_order_date, max(reporting_currency) as currency
        from {{ ref("int_orders_sequenced") }}
    ),

    util_periods as (select * from {{ ref("util_periods") }}),

    period_customers as (select * from {{ ref("int_period_customers") }}),

    -- every period from the first valid order to as_of, empty ones included
    spine as (
        select util_periods.*, orders.currency
        from util_periods
        inner join orders on util_periods.period_end > orders.first_order_date
        where util_periods.grain in ('week', 'month', 'quarter', 'year')
    ),

    compared as (
        select
            spine.period_end,
            spine.is_complete,
            spine.currency,
            period_customers.*,
            spine.grain as spine_grain,
            spine.period_start as spine_start,
            coalesce(retained_customers, 0) as retained,
            lag(coalesce(active_customers, 0), 1, 0) over (
                partition by spine.grain order by spine.period_start nulls last
            ) as previous_active,
        from spine
        left join
            period_customers
            on spine.grain = period_customers.period_grain
            and spine.period_start = period_customers.period_start
    ),

    final as (
        select
            cast(spine_grain as varchar) as period_grain,
            cast(spine_start as date) as period_start,
            cast(period_end as date) as period_end,
            cast(is_complete as boolean) as is_complete,
            coalesce(active_customers, 0) as active_customers,
            coalesce(new_customers, 0) as new_customers,
            coalesce(returning_customers, 0) as returning_customers,
            retained as retained_customers,
            coalesce(returning_customers, 0) - retained as resurrected_customers,
            previous_active as previous_active_customers,
            previous_active - retained as lost_customers,
            coalesce(left_censored_new_customers, 0) as left_censored_new_customers,
            coalesce(orders, 0) as orders,
            coalesce(first_orders, 0) as first_orders,
            coalesce(repeat_orders, 0) as repeat_orders,
            {{ money("coalesce(net_revenue, 0)") }} as net_revenue,
            {{ money("coalesce(first_order_revenue, 0)") }} as first_order_revenue,
            {{ money("coalesce(repeat_order_revenue, 0)") }} as repeat_order_revenue,
            {{ money("coalesce(new_customer_revenue, 0)") }} as new_customer_revenue,
            {{ money("coalesce(returning_customer_revenue, 0)") }}
            as returning_customer_revenue,
            cast(currency as varchar) as currency,
            case
                when is_complete then returning_customer_rate
            end as returning_customer_rate,
            returning_customer_rate as returning_customer_rate_partial,
            case
                when is_complete then repeat_order_revenue_share
            end as repeat_order_revenue_share,
            repeat_order_revenue_share as repeat_order_revenue_share_partial,
            case
                when is_complete then returning_customer_revenue_share
            end as returning_customer_revenue_share,
            returning_customer_revenue_share
            as returning_customer_revenue_share_partial,
            case
                when is_complete then {{ safe_divide("retained", "previous_active") }}
            end as period_retention_rate,
            {{ safe_divide("retained", "previous_active") }}
            as period_retention_rate_partial,
            aov,
            first_order_aov,
            repeat_order_aov,
            {{ safe_divide("repeat_order_aov", "first_order_aov") }}
            - 1 as repeat_vs_first_aov_uplift,
            new_spend_per_customer,
            returning_spend_per_customer,
            coalesce(guest_orders, 0) as guest_orders,
            {{ money("coalesce(guest_revenue, 0)") }} as guest_revenue,
            coalesce(active_customers, 0) < {{ policy("min_cell_size") }} as is_low_n,
        from compared
    )

select *
from final
