-- The daily facts hold every counted event once: per user and day as many as a plain
-- count
-- of the events.
with
    facts as (
        select user_id, date, sum(events) as events, sum(core_actions) as core_actions
        from {{ ref("fct_user_activity_daily") }}
        group by user_id, date
    ),

    counted as (
        select
            user_id,
            event_date as date,
            count(*) as events,
            sum(case when is_core_action then 1 else 0 end) as core_actions
        from {{ ref("int_visitor_events") }}
        group by user_id, event_date
    )

select
    user_id,
    date,
    facts.events,
    counted.events as counted_events,
    facts.core_actions,
    counted.core_actions as counted_core_actions
from facts
full join counted using (user_id, date)
where
    facts.events is distinct from counted.events
    or facts.core_actions is distinct from counted.core_actions
