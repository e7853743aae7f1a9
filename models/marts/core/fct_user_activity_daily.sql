-- One row is one user, day and class of events: what the user did.
with
    activity as (select * from {{ ref("int_user_activity_daily") }}),

    final as (
        select
            user_id,
            date,
            event_class,
            core_actions > 0 as is_core_action,
            is_anonymous,
            events,
            core_actions,
            sessions,
            cast(active_seconds as double) / 60 as minutes,
            late_events,
            first_event_at,
            last_event_at
        from activity
    )

select *
from final
