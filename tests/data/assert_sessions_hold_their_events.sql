-- Visits made from events hold each counted event once, and last as long as the time
-- between their events. (Given visits may have events of none.)
with
    events as (select * from {{ ref("int_visitor_events") }}),

    by_session as (
        select session_id, count(*) as events, sum(active_seconds) as active_seconds
        from events
        group by session_id
    ),

    sessions as (select * from {{ ref("int_sessions") }})

select
    session_id,
    sessions.events,
    by_session.events as counted_events,
    sessions.duration_seconds,
    by_session.active_seconds
from sessions
full join by_session using (session_id)
where
    (select count(*) from {{ ref("stg_sessions") }}) = 0
    and (
        sessions.events is distinct from by_session.events
        or abs(sessions.duration_seconds - by_session.active_seconds) > 0.01
    )
