-- One period (week, month, quarter, year) with valid orders: its customers, its guests.
with
    -- every order on every grain
    placed as (
        {% for grain in ["week", "month", "quarter", "year"] %}
            select
                '{{ grain }}' as period_grain,
                customer_id,
                is_first_order,
                is_left_censored,
                net_revenue_reporting as net_revenue,
                {{ period_start(grain, "order_date") }} as period_start,
                {{ period_start(grain, add_periods(grain, period_start(grain, "order_date"), -1)) }}
                as previous_period_start,
                {{ period_start(grain, "prior_order_date") }} as prior_period_start,
                {{ period_start(grain, "first_order_date") }} as first_period_start,
            from {{ ref("int_orders_sequenced") }} {{ "union all" if not loop.last }}
        {% endfor %}
    ),

    -- a customer is counted by the first of its orders in the period
    ordered as (
        select
            period_grain,
            period_start,
            net_revenue,
            is_first_order,
            is_left_censored,
            customer_id is null as is_guest,
            customer_id is not null
            and (
                prior_period_start is null or prior_period_start <> period_start
            ) as is_first_in_period,
            prior_period_start = previous_period_start as is_after_active_period,
            coalesce(first_period_start = period_start, false) as is_of_new_customer,
        from placed
    ),

    totals as (
        select
            period_grain,
            period_start,
            count(*) filter (where is_first_in_period) as active_customers,
            count(*) filter (
                where is_first_in_period and is_of_new_customer
            ) as new_customers,
            count(*) filter (
                where is_first_in_period and not is_of_new_customer
            ) as returning_customers,
            count(*) filter (where is_after_active_period) as retained_customers,
            count(*) filter (
                where is_first_order and is_left_censored
            ) as left_censored_new_customers,
            count(*) filter (where not is_guest) as orders,
            count(*) filter (where is_first_order) as first_orders,
            count(*) filter (where is_guest) as guest_orders,
            sum(case when is_guest then 0 else net_revenue end) as net_revenue,
            sum(case when is_first_order then net_revenue else 0 end) as first_revenue,
            sum(
                case when is_guest or is_first_order then 0 else net_revenue end
            ) as repeat_revenue,
            sum(
                case when is_of_new_customer then net_revenue else 0 end
            ) as new_revenue,
            sum(
                case when is_guest or is_of_new_customer then 0 else net_revenue end
            ) as returning_revenue,
            sum(case when is_guest then net_revenue else 0 end) as guest_revenue,
        from ordered
        group by period_grain, period_start
    ),

    final as (
        select
            cast(period_grain as varchar) as period_grain,
            cast(period_start as date) as period_start,
            active_customers,
            new_customers,
            returning_customers,
            retained_customers,
            left_censored_new_customers,
            orders,
            first_orders,
            orders - first_orders as repeat_orders,
            {{ money("net_revenue") }} as net_revenue,
            {{ money("first_revenue") }} as first_order_revenue,
            {{ money("repeat_revenue") }} as repeat_order_revenue,
            {{ money("new_revenue") }} as new_customer_revenue,
            {{ money("returning_revenue") }} as returning_customer_revenue,
            {{ safe_divide("returning_customers", "active_customers") }}
            as returning_customer_rate,
            {{ safe_divide("repeat_revenue", "net_revenue") }}
            as repeat_order_revenue_share,
            {{ safe_divide("returning_revenue", "net_revenue") }}
            as returning_customer_revenue_share,
            {{ safe_divide("net_revenue", "orders") }} as aov,
            {{ safe_divide("first_revenue", "first_orders") }} as first_order_aov,
            {{ safe_divide("repeat_revenue", "orders - first_orders") }}
            as repeat_order_aov,
            {{ safe_divide("new_revenue", "new_customers") }} as new_spend_per_customer,
            {{ safe_divide("returning_revenue", "returning_customers") }}
            as returning_spend_per_customer,
            guest_orders,
            {{ money("guest_revenue") }} as guest_revenue,
        from totals
    )

select *
from final
