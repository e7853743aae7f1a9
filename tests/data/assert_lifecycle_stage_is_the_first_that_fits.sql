-- Customers whose stage is not the first of lifecycle_stages whose limits all hold, or
-- whose next stage is not the one that fits on next_stage_date.
with
    customers as (select * from {{ ref("customer_lifecycle") }}),

    moments as (
        select
            customer_id,
            orders,
            'stage' as moment,
            stage as actual,
            recency_days,
            days_since_first_order
        from customers
        union all
        select
            customer_id,
            orders,
            'next_stage' as moment,
            next_stage as actual,
            {{ days_between("last_order_date", "next_stage_date") }} as recency_days,
            {{ days_between("first_order_date", "next_stage_date") }}
            as days_since_first_order
        from customers
        where next_stage_date is not null
    ),

    fitting as (
        select moments.customer_id, moments.moment, min(stages.precedence) as precedence
        from moments
        inner join
            {{ ref("lifecycle_stages") }} as stages
            on moments.orders >= stages.min_orders
            and moments.orders <= coalesce(stages.max_orders, moments.orders)
            and coalesce(moments.recency_days <= stages.max_recency_days, true)
            and coalesce(
                moments.days_since_first_order <= stages.max_days_since_first_order,
                true
            )
        group by moments.customer_id, moments.moment
    )

select
    moments.customer_id,
    moments.moment,
    moments.actual,
    expected.stage as expected,
    moments.orders,
    moments.recency_days,
    moments.days_since_first_order
from moments
left join
    fitting
    on moments.customer_id = fitting.customer_id
    and moments.moment = fitting.moment
left join
    {{ ref("lifecycle_stages") }} as expected
    on fitting.precedence = expected.precedence
where moments.actual is distinct from expected.stage
