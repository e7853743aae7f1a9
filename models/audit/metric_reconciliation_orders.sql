-- One row is one total of fct_orders or dim_customers.
with
    fct_orders as (select * from {{ ref("fct_orders") }}),

    dim_customers as (select * from {{ ref("dim_customers") }}),

    in_window as (
        select net_revenue_reporting
        from fct_orders
        where
            customer_id is not null
            {% if var("rfm_window_days") is not none %}
                and {{ add_days("order_date", var("rfm_window_days") | int) }}
                >= {{ as_of_date() }}
            {% endif %}
    ),

    described as (
        select
            count(*) as customers,
            sum(case when orders > 0 then 1 else 0 end) as buyers,
            sum(orders) as orders,
            sum(net_revenue) as revenue,
        from dim_customers
    ),

    measures as (
        select 'fct_orders' as measure, count(*) as amount
        from fct_orders
        union all
        select 'fct_first_orders' as measure, count(*) as amount
        from fct_orders
        where is_first_order
        union all
        select 'fct_revenue' as measure, sum(net_revenue_reporting) as amount
        from fct_orders
        union all
        select 'window_orders' as measure, count(*) as amount
        from in_window
        union all
        select 'window_revenue' as measure, sum(net_revenue_reporting) as amount
        from in_window
        union all
        select 'dim_customers' as measure, customers as amount
        from described
        union all
        select 'dim_buyers' as measure, buyers as amount
        from described
        union all
        select 'dim_orders' as measure, orders as amount
        from described
        union all
        select 'dim_revenue' as measure, revenue as amount
        from described
    ),

    final as (
        select
            cast(measure as varchar) as measure,
            {{ money("coalesce(amount, 0)") }} as amount,
        from measures
    )

select *
from final
