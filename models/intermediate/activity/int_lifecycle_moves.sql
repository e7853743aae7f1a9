-- One row is one kind of activity, grain and period in which somebody was active or
-- stayed away: how many are new, came again, came back, or stayed away.
with
    days as (select * from {{ ref("int_user_days") }}),

    orders as (
        select
            order_date,
            prior_order_date,
            lead(order_date) over (
                partition by customer_id order by order_number
            ) as next_order_date
        from {{ ref("int_orders_sequenced") }}
        where customer_id is not null
    ),

    -- a period of a user begins with a day whose prior day is in another period, and
    -- ends
    -- with one whose next day is
    user_days as (
        {% for entity, kind in [("activity", "active"), ("core_action", "core")] %}
            {% for grain in ["day", "week", "month"] %}
                select
                    '{{ entity }}' as entity,
                    '{{ grain }}' as period_grain,
                    {{ period_start(grain, "date") }} as period_start,
                    {{ period_start(grain, "prior_" ~ kind ~ "_date") }} as prior_start,
                    {{ period_start(grain, "next_" ~ kind ~ "_date") }} as next_start
                from days
                {% if kind == "core" %} where core_actions > 0 {% endif %}
                union all
            {% endfor %}
        {% endfor %}
        {% for grain in ["week", "month", "quarter", "year"] %}
            select
                'order',
                '{{ grain }}',
                {{ period_start(grain, "order_date") }},
                {{ period_start(grain, "prior_order_date") }},
                {{ period_start(grain, "next_order_date") }}
            from orders {{ "union all" if not loop.last }}
        {% endfor %}
    ),

    states as (
        select
            entity,
            period_grain,
            period_start,
            case
                when prior_start is null
                then 'new'
                when {{ period_of_grain("prior_start", 1) }} = period_start
                then 'returning'
                else 'resurrected'
            end as state
        from user_days
        where prior_start is distinct from period_start
        union all
        select entity, period_grain, {{ period_of_grain("period_start", 1) }}, 'dormant'
        from user_days
        where
            next_start is distinct from period_start
            and next_start is distinct from {{ period_of_grain("period_start", 1) }}
            and {{ period_of_grain("period_start", 1) }} < {{ as_of() }}
    ),

    final as (
        select
            cast(entity as varchar) as entity,
            cast(period_grain as varchar) as period_grain,
            cast(period_start as date) as period_start,
            cast(sum(case when state = 'new' then 1 else 0 end) as bigint) as new_users,
            cast(
                sum(case when state = 'returning' then 1 else 0 end) as bigint
            ) as returning_users,
            cast(
                sum(case when state = 'resurrected' then 1 else 0 end) as bigint
            ) as resurrected_users,
            cast(
                sum(case when state = 'dormant' then 1 else 0 end) as bigint
            ) as dormant_users
        from states
        group by entity, period_grain, period_start
    )

select *
from final
