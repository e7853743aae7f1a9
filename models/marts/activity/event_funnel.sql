-- One row is one funnel (var funnels) and step: users who ever did it, and users who
-- did
-- it after all the steps before.
with
    reached as (select * from {{ ref("int_funnel_users") }}),

    events as (
        select user_id, event_name, event_class, is_core_action
        from {{ ref("int_visitor_events") }} {{ only_users() }}
    ),

    steps as (
        select
            cast(null as varchar) as funnel,
            0 as step_number,
            cast(null as varchar) as step,
            0 as users_with_event
        from events
        where false
        {% for funnel, steps in funnels().items() %}
            {% for step in steps %}
                union all
                select
                    {{ sql_text(funnel) }},
                    {{ loop.index }},
                    {{ sql_text(step) }},
                    count(distinct user_id)
                from events
                where {{ event_is(step) }}
            {% endfor %}
        {% endfor %}
    ),

    counted as (
        select funnel, step_number, count(*) as users
        from reached
        group by funnel, step_number
    ),

    joined as (
        select
            steps.*,
            coalesce(users, 0) as users,
            lag(coalesce(users, 0)) over (
                partition by steps.funnel order by steps.step_number
            ) as prior_users,
            first_value(coalesce(users, 0)) over (
                partition by steps.funnel order by steps.step_number
            ) as first_users
        from steps
        left join counted using (funnel, step_number)
    ),

    final as (
        select
            cast(funnel as varchar) as funnel,
            cast(step_number as integer) as step_number,
            cast(step as varchar) as step,
            cast(users_with_event as bigint) as users_with_event,
            cast(coalesce(prior_users, users) as bigint) as prior_users,
            cast(first_users as bigint) as first_users,
            cast(users as bigint) as users,
            {{ safe_divide("users", "coalesce(prior_users, users)") }} as step_rate,
            {{ safe_divide("users", "first_users") }} as funnel_rate,
            first_users < {{ policy("min_cell_size") }} as is_low_n
        from joined
    )

select *
from final
