-- One period (week, month, quarter, year) with valid orders: its customers, its guests.
with
    customer_periods as (select * from {{ ref("int_customer_periods") }}),

    guest_days as (
        select
            order_date,
            count(*) as guest_orders,
            sum(net_revenue_reporting) as guest_revenue,
        from {{ ref("int_orders_sequenced") }}
        where customer_id is null
        group by order_date
    ),

    guests as (
        {% for grain in ["week", "month", "quarter", "year"] %}
            select
                '{{ grain }}' as period_grain,
                {{ period_start(grain, "order_date") }} as period_start,
                sum(guest_orders) as guest_orders,
                sum(guest_revenue) as guest_revenue,
            from guest_days
            group by
                {{ period_start(grain, "order_date") }}
                {{ "union all" if not loop.last }}
        {% endfor %}
    ),

    customers as (
        select
            period_grain,
            period_start,
            count(*) as active_customers,
            count(*) filter (where is_new) as new_customers,
            count(*) filter (where not is_new) as returning_customers,
            count(*) filter (where is_retained) as retained_customers,
            count(*) filter (where is_new and is_left_censored) as left_censored_new,
            sum(orders) as orders,
            sum(first_orders) as first_orders,
            sum(orders - first_orders) as repeat_orders,
            sum(net_revenue) as net_revenue,
            sum(first_order_revenue) as first_revenue,
            sum(net_revenue - first_order_revenue) as repeat_revenue,
            sum(case when is_new then net_revenue else 0 end) as new_revenue,
            sum(case when is_new then 0 else net_revenue end) as returning_revenue,
        from customer_periods
        group by period_grain, period_start
    ),

    final as (
        select
            coalesce(customers.period_grain, guests.period_grain) as period_grain,
            coalesce(customers.period_start, guests.period_start) as period_start,
            coalesce(active_customers, 0) as active_customers,
            coalesce(new_customers, 0) as new_customers,
            coalesce(returning_customers, 0) as returning_customers,
            coalesce(retained_customers, 0) as retained_customers,
            coalesce(left_censored_new, 0) as left_censored_new_customers,
            cast(coalesce(orders, 0) as bigint) as orders,
            cast(coalesce(first_orders, 0) as bigint) as first_orders,
            cast(coalesce(repeat_orders, 0) as bigint) as repeat_orders,
            {{ money("coalesce(net_revenue, 0)") }} as net_revenue,
            {{ money("coalesce(first_revenue, 0)") }} as first_order_revenue,
            {{ money("coalesce(repeat_revenue, 0)") }} as repeat_order_revenue,
            {{ money("coalesce(new_revenue, 0)") }} as new_customer_revenue,
            {{ money("coalesce(returning_revenue, 0)") }} as returning_customer_revenue,
            {{ safe_divide("returning_customers", "active_customers") }}
            as returning_customer_rate,
            {{ safe_divide("repeat_revenue", "net_revenue") }}
            as repeat_order_revenue_share,
            {{ safe_divide("returning_revenue", "net_revenue") }}
            as returning_customer_revenue_share,
            {{ safe_divide("net_revenue", "orders") }} as aov,
            {{ safe_divide("first_revenue", "first_orders") }} as first_order_aov,
            {{ safe_divide("repeat_revenue", "repeat_orders") }} as repeat_order_aov,
            {{ safe_divide("new_revenue", "new_customers") }} as new_spend_per_customer,
            {{ safe_divide("returning_revenue", "returning_customers") }}
            as returning_spend_per_customer,
            cast(coalesce(guest_orders, 0) as bigint) as guest_orders,
            {{ money("coalesce(guest_revenue, 0)") }} as guest_revenue,
        from customers
        full join
            guests
            on customers.period_grain = guests.period_grain
            and customers.period_start = guests.period_start
    )

select *
from final
