-- One row is one user in one day, week or month with activity, of any kind or with a
-- core
-- action.
with
    days as (select * from {{ ref("int_user_days") }}),

    activities as (
        select 'activity' as entity, user_id, date
        from days
        union all
        select 'core_action', user_id, date
        from days
        where core_actions > 0
    ),

    periods as (
        {% for grain in ["day", "week", "month"] %}
            select distinct
                entity,
                '{{ grain }}' as period_grain,
                {{ period_start(grain, "date") }} as period_start,
                user_id
            from activities {{ "union all" if not loop.last }}
        {% endfor %}
    ),

    final as (
        select
            cast(entity as varchar) as entity,
            cast(period_grain as varchar) as period_grain,
            cast(period_start as date) as period_start,
            cast(user_id as varchar) as user_id,
            cast(
                lag(period_start) over (
                    partition by entity, period_grain, user_id order by period_start
                ) as date
            ) as prior_active_period_start
        from periods
    )

select *
from final
