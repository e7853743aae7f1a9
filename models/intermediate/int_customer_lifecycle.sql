-- One row per customer at as_of: the lifecycle stage and when the next one begins.
with
    customers as (
        select customer_id
        from {{ ref("int_customers") }}
        where not is_test and not is_internal
    ),

    customer_orders as (select * from {{ ref("int_customer_orders") }}),

    stages as (select * from {{ ref("lifecycle_stages") }}),

    reporting as (select reporting_currency from {{ ref("int_reporting_currency") }}),

    histories as (
        select
            customers.customer_id,
            customer_orders.first_order_date,
            customer_orders.last_order_date,
            coalesce(customer_orders.orders, 0) as orders,
            coalesce(customer_orders.net_revenue, 0) as net_revenue,
            reporting.reporting_currency as currency,
        from customers
        left join customer_orders on customers.customer_id = customer_orders.customer_id
        cross join reporting
    ),

    spells as (
        -- each stage open to the customer, and the first day on which its limits fail
        select
            histories.customer_id,
            stages.stage,
            stages.precedence,
            least(
                {{ add_days("histories.last_order_date", "stages.max_recency_days + 1") }},
                {{ add_days("histories.first_order_date", "stages.max_days_since_first_order + 1") }}
            ) as end_date,
        from histories
        inner join
            stages
            on histories.orders >= stages.min_orders
            and (histories.orders <= stages.max_orders or stages.max_orders is null)
    ),

    current_stages as (
        select *
        from spells
        where end_date > {{ as_of_date() }} or end_date is null
        qualify
            row_number() over (partition by customer_id order by precedence nulls last)
            = 1
    ),

    next_stages as (
        select spells.customer_id, spells.stage
        from spells
        inner join current_stages on spells.customer_id = current_stages.customer_id
        where
            spells.end_date > current_stages.end_date
            or (spells.end_date is null and current_stages.end_date is not null)
        qualify
            row_number() over (
                partition by spells.customer_id order by spells.precedence nulls last
            )
            = 1
    ),

    final as (
        select
            cast(histories.customer_id as varchar) as customer_id,
            {{ as_of_date() }} as as_of_date,
            cast(current_stages.stage as varchar) as stage,
            cast(histories.orders as bigint) as orders,
            cast(histories.first_order_date as date) as first_order_date,
            cast(histories.last_order_date as date) as last_order_date,
            {{ days_between("histories.first_order_date", as_of_date()) }}
            as days_since_first_order,
            {{ days_between("histories.last_order_date", as_of_date()) }}
            as recency_days,
            {{ money("histories.net_revenue") }} as net_revenue,
            cast(histories.currency as varchar) as currency,
            cast(next_stages.stage as varchar) as next_stage,
            cast(current_stages.end_date as date) as next_stage_date,
        from histories
        left join current_stages on histories.customer_id = current_stages.customer_id
        left join next_stages on histories.customer_id = next_stages.customer_id
    )

select *
from final
