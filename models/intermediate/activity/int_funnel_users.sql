-- One row is one funnel (var funnels), step and user who got so far: the step's
-- event, at
-- or after the one of the step before.
with
    events as (
        select user_id, event_name, event_class, is_core_action, occurred_at
        from {{ ref("int_visitor_events") }} {{ only_users() }}
    ),

    {% for funnel, steps in funnels().items() %}
        {% set number = loop.index %}
        {% for step in steps %}
            funnel_{{ number }}_{{ loop.index }} as (
                select events.user_id, min(events.occurred_at) as reached_at
                from events
                {% if not loop.first %}
                    inner join
                        funnel_{{ number }}_{{ loop.index - 1 }} as prior_step
                        on events.user_id = prior_step.user_id
                        and events.occurred_at >= prior_step.reached_at
                {% endif %}
                where {{ event_is(step) }}
                group by events.user_id
            ),
        {% endfor %}
    {% endfor %}

    reached as (
        select
            cast(null as varchar) as funnel,
            0 as step_number,
            cast(null as varchar) as step,
            user_id,
            occurred_at as reached_at
        from events
        where false
        {% for funnel, steps in funnels().items() %}
                {% set number = loop.index %}
            {% for step in steps %}
                union all
                select
                    {{ sql_text(funnel) }},
                    {{ loop.index }},
                    {{ sql_text(step) }},
                    user_id,
                    reached_at
                from funnel_{{ number }}_{{ loop.index }}
            {% endfor %}
        {% endfor %}
    ),

    final as (
        select
            cast(funnel as varchar) as funnel,
            cast(step_number as integer) as step_number,
            cast(step as varchar) as step,
            cast(user_id as varchar) as user_id,
            cast(reached_at as timestamp) as reached_at
        from reached
    )

select *
from final
