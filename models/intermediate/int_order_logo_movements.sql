-- Buyers who came or fell silent in a month, by channel and country: churn without
-- subscriptions.
with
    gaps as (select * from {{ ref("int_order_gaps") }}),

    -- silent for longer than 9 of 10 gaps between orders
    threshold as (
        select
            {% if var("churn_after_days", none) is none %}
                cast(floor({{ percentile_of("gap_days", 0.9) }}) as integer)
            {% else %} cast(max({{ var("churn_after_days") | int }}) as integer)
            {% endif %} as churn_after_days
        from gaps
    ),

    orders as (
        select gaps.*, churn_after_days
        from gaps
        cross join threshold
        where churn_after_days is not null
    ),

    -- the last day on which somebody still counts is order_date + churn_after_days
    events as (
        select
            customer_id,
            acquisition_channel,
            country,
            churn_after_days,
            order_date as moved_on,
            1 as change,
            1 as is_first
        from orders
        where order_number = 1
        union all
        select
            customer_id,
            acquisition_channel,
            country,
            churn_after_days,
            next_order_date,
            1,
            0
        from orders
        where gap_days > churn_after_days
        union all
        select
            customer_id,
            acquisition_channel,
            country,
            churn_after_days,
            {{ add_days("order_date", "churn_after_days") }},
            -1,
            0
        from orders
        where
            coalesce(gap_days > churn_after_days, true)
            and {{ add_days("order_date", "churn_after_days") }} < {{ as_of_date() }}
    ),

    -- back in the month of falling silent, or silent in the month of coming: no
    -- movement
    netted as (
        select
            customer_id,
            acquisition_channel,
            country,
            churn_after_days,
            {{ period_start("month", "moved_on") }} as month,
            sum(change) as change,
            max(is_first) as is_first
        from events
        group by
            customer_id,
            acquisition_channel,
            country,
            churn_after_days,
            {{ period_start("month", "moved_on") }}
    ),

    final as (
        select
            cast(month as date) as month,
            cast(acquisition_channel as varchar) as acquisition_channel,
            cast(country as varchar) as country,
            cast(churn_after_days as integer) as churn_after_days,
            cast(
                count(*) filter (where change = 1 and is_first = 1) as bigint
            ) as new_customers,
            cast(
                count(*) filter (where change = 1 and is_first = 0) as bigint
            ) as reactivated_customers,
            cast(count(*) filter (where change = -1) as bigint) as churned_customers
        from netted
        where change <> 0
        group by month, acquisition_channel, country, churn_after_days
    )

select *
from final
