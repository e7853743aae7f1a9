-- One customer in one period (week, month, quarter, year) with at least one valid
-- order.
with
    orders as (
        select
            customer_id,
            order_date,
            is_first_order,
            is_left_censored,
            prior_order_date,
            net_revenue_reporting,
        from {{ ref("int_orders_sequenced") }}
        where customer_id is not null
    ),

    days as (
        select
            customer_id,
            order_date,
            count(*) as orders,
            sum(case when is_first_order then 1 else 0 end) as first_orders,
            max(case when is_left_censored then 1 else 0 end) as left_censored,
            min(prior_order_date) as prior_order_date,
            sum(net_revenue_reporting) as net_revenue,
            sum(
                case when is_first_order then net_revenue_reporting else 0 end
            ) as first_order_revenue,
        from orders
        group by customer_id, order_date
    ),

    periods as (
        {% for grain in ["week", "month", "quarter", "year"] %}
            select
                '{{ grain }}' as period_grain,
                {{ period_start(grain, "order_date") }} as period_start,
                {{ period_start(grain, add_periods(grain, period_start(grain, "order_date"), -1)) }}
                as previous_period_start,
                customer_id,
                orders,
                first_orders,
                left_censored,
                {{ period_start(grain, "prior_order_date") }} as prior_period_start,
                net_revenue,
                first_order_revenue,
            from days {{ "union all" if not loop.last }}
        {% endfor %}
    ),

    customer_periods as (
        select
            period_grain,
            period_start,
            previous_period_start,
            customer_id,
            -- the first order in the period knows when the one before it was
            case
                when sum(first_orders) = 0 then min(prior_period_start)
            end as prior_active_period_start,
            sum(orders) as orders,
            sum(first_orders) as first_orders,
            max(left_censored) as left_censored,
            sum(net_revenue) as net_revenue,
            sum(first_order_revenue) as first_order_revenue,
        from periods
        group by period_grain, period_start, previous_period_start, customer_id
    ),

    final as (
        select
            cast(period_grain as varchar) as period_grain,
            cast(period_start as date) as period_start,
            cast(customer_id as varchar) as customer_id,
            cast(prior_active_period_start as date) as prior_active_period_start,
            first_orders > 0 as is_new,
            coalesce(
                prior_active_period_start = previous_period_start, false
            ) as is_retained,
            left_censored = 1 as is_left_censored,
            cast(orders as bigint) as orders,
            cast(first_orders as bigint) as first_orders,
            {{ money("net_revenue") }} as net_revenue,
            {{ money("first_order_revenue") }} as first_order_revenue,
        from customer_periods
    )

select *
from final
