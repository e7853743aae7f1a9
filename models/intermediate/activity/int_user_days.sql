-- One row is one user and day on which the user did something or began a visit.
{% set with_anonymous = policy("anonymous_activity") == "include" %}
with
    activity as (select * from {{ ref("int_user_activity_daily") }}),

    sessions as (select * from {{ ref("int_sessions") }}),

    known as (
        select
            user_id,
            date,
            is_anonymous,
            events,
            core_actions,
            0 as sessions,
            active_seconds,
            late_events,
            case when event_class = 'login' then events else 0 end as logins,
            first_event_at as first_at,
            last_event_at as last_at
        from activity
        union all
        select
            user_id, session_date, is_anonymous, 0, 0, 1, 0, 0, 0, started_at, ended_at
        from sessions
    ),

    days as (
        select
            user_id,
            date,
            bool_or(is_anonymous) as is_anonymous,
            sum(events) as events,
            sum(core_actions) as core_actions,
            sum(sessions) as sessions,
            sum(active_seconds) as active_seconds,
            sum(late_events) as late_events,
            sum(logins) as logins,
            min(first_at) as first_at,
            max(last_at) as last_at
        from known
        {% if not with_anonymous %} where not is_anonymous {% endif %}
        group by user_id, date
    ),

    final as (
        select
            cast(user_id as varchar) as user_id,
            cast(date as date) as date,
            cast(is_anonymous as boolean) as is_anonymous,
            cast(events as bigint) as events,
            cast(core_actions as bigint) as core_actions,
            cast(logins as bigint) as logins,
            cast(sessions as bigint) as sessions,
            cast(active_seconds as decimal(18, 3)) as active_seconds,
            cast(late_events as bigint) as late_events,
            cast(first_at as timestamp) as first_at,
            cast(last_at as timestamp) as last_at,
            cast(lag(date) over by_user as date) as prior_active_date,
            cast(lead(date) over by_user as date) as next_active_date,
            cast(
                case when core_actions > 0 then lag(date) over by_kind end as date
            ) as prior_core_date,
            cast(
                case when core_actions > 0 then lead(date) over by_kind end as date
            ) as next_core_date
        from days
        window
            by_user as (partition by user_id order by date),
            by_kind as (partition by user_id, core_actions > 0 order by date)
    )

select *
from final
