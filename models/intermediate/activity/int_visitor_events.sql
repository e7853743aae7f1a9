-- One row is one event of a person: who it was, what it means, which visit it is part
-- of.
-- Test and internal customers are out.
{% set gap_seconds = var("session_gap_minutes") * 60 %}
with
    events as (select * from {{ ref("int_events") }}),

    names as (select * from {{ ref("int_event_names") }}),

    resolution as (select * from {{ ref("int_customer_resolution") }}),

    anonymous_users as (select * from {{ ref("int_anonymous_users") }}),

    not_counted as (
        select customer_id from {{ ref("int_customers") }} where is_test or is_internal
    ),

    given as (select count(*) as sessions from {{ ref("stg_sessions") }}),

    resolved as (
        select
            events.*,
            coalesce(
                resolution.customer_id,
                anonymous_users.customer_id,
                {{ anonymous_user_id("events.anonymous_id") }}
            ) as user_id,
            coalesce(resolution.customer_id, anonymous_users.customer_id)
            is null as is_anonymous
        from events
        left join resolution on events.source_user_id = resolution.source_customer_id
        left join anonymous_users on events.anonymous_id = anonymous_users.anonymous_id
    ),

    counted as (
        select resolved.*, names.event_class, names.is_core_action, activation_action
        from resolved
        inner join names on resolved.event_name = names.event_name
        left join not_counted on resolved.user_id = not_counted.customer_id
        where not_counted.customer_id is null
    ),

    followed as (
        select
            counted.*,
            given.sessions > 0 as has_sessions,
            epoch(occurred_at) - epoch(lag(occurred_at) over timeline) as idle_seconds,
            lag(session_id) over timeline as prior_session_id
        from counted
        cross join given
        window timeline as (partition by user_id order by occurred_at, event_id)
    ),

    -- a visit that is not given begins after a gap and is named by its beginning
    visited as (
        select
            *,
            max(
                case
                    when idle_seconds <= {{ gap_seconds }} then null else occurred_at
                end
            ) over (
                partition by user_id
                order by occurred_at, event_id
                rows between unbounded preceding and current row
            ) as visit_started_at
        from followed
    ),

    final as (
        select
            cast(event_id as varchar) as event_id,
            cast(user_id as varchar) as user_id,
            cast(is_anonymous as boolean) as is_anonymous,
            cast(account_id as varchar) as account_id,
            cast(
                case
                    when has_sessions
                    then session_id
                    else
                        user_id
                        || '@'
                        || strftime(visit_started_at, '%Y-%m-%dT%H:%M:%S')
                end as varchar
            ) as session_id,
            cast(event_name as varchar) as event_name,
            cast(event_class as varchar) as event_class,
            cast(is_core_action as boolean) as is_core_action,
            cast(activation_action as varchar) as activation_action,
            cast(occurred_at as timestamp) as occurred_at,
            cast(occurred_at_local as timestamp) as occurred_at_local,
            cast(event_date as date) as event_date,
            cast(
                case
                    when has_sessions and session_id = prior_session_id
                    then idle_seconds
                    when not has_sessions and idle_seconds <= {{ gap_seconds }}
                    then idle_seconds
                    else 0
                end as decimal(18, 3)
            ) as active_seconds,
            cast(is_late as boolean) as is_late,
            cast(revenue as decimal(18, 4)) as revenue,
            cast(properties as varchar) as properties
        from visited
    )

select *
from final
