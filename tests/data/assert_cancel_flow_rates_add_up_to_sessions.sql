-- The months of each segment type hold every session once.
with
    sessions as (
        select
            count(*) as sessions,
            sum(case when outcome = 'saved' then 1 else 0 end) as saved,
            sum(case when is_durably_saved_90d then 1 else 0 end) as durably_saved
        from {{ ref("cancel_flow") }}
    ),

    months as (
        select
            segment_type,
            sum(sessions) as month_sessions,
            sum(saved_sessions) as month_saved,
            sum(durably_saved_sessions_90d) as month_durably_saved
        from {{ ref("cancel_flow_rates") }}
        group by segment_type
    )

select *
from months
cross join sessions
where
    month_sessions <> sessions
    or month_saved <> saved
    or month_durably_saved <> durably_saved
