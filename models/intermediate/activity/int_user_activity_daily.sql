-- One row is one user, day and class of events: what the user did. The one aggregation
-- over all events that the marts of activity are made from.
with
    events as (select * from {{ ref("int_visitor_events") }}),

    final as (
        select
            cast(user_id as varchar) as user_id,
            cast(event_date as date) as date,
            cast(event_class as varchar) as event_class,
            cast(bool_or(is_anonymous) as boolean) as is_anonymous,
            cast(count(*) as bigint) as events,
            cast(
                sum(case when is_core_action then 1 else 0 end) as bigint
            ) as core_actions,
            cast(count(distinct session_id) as bigint) as sessions,
            cast(sum(active_seconds) as decimal(18, 3)) as active_seconds,
            cast(sum(case when is_late then 1 else 0 end) as bigint) as late_events,
            cast(min(occurred_at) as timestamp) as first_event_at,
            cast(max(occurred_at) as timestamp) as last_event_at
        from events
        group by user_id, event_date, event_class
    )

select *
from final
