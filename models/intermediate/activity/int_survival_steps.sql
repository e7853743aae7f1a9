-- One row is one event that is waited for, segment and day on which it happened to
-- somebody (or day 0): a step of the Kaplan-Meier curve.
with
    subjects as (select * from {{ ref("int_survival_subjects") }}),

    exits as (
        select
            event,
            segment_type,
            segment,
            exit_days,
            sum(case when has_event then subjects else 0 end) as events,
            sum(subjects) as exits
        from subjects
        group by event, segment_type, segment, exit_days
        union all
        select distinct event, segment_type, segment, -1, 0, 0
        from subjects
    ),

    -- still waiting: everybody whose exit is not earlier; who is censored today is in
    watched as (
        select
            *,
            sum(exits) over (
                partition by event, segment_type, segment
                order by exit_days desc
                rows unbounded preceding
            ) as at_risk
        from exits
    ),

    -- the curve begins at day 0 even when nothing happens on it
    begun as (
        select
            event,
            segment_type,
            segment,
            greatest(exit_days, 0) as t,
            sum(events) as events,
            max(at_risk) as at_risk
        from watched
        where events > 0 or exit_days = -1
        group by event, segment_type, segment, greatest(exit_days, 0)
    ),

    steps as (
        select
            *,
            {{ km_log_step("events", "at_risk") }} as log_step,
            case
                when events < at_risk
                then
                    cast(events as double)
                    / (cast(at_risk as double) * (at_risk - events))
                else 0
            end as greenwood_step,
            case when events = at_risk then 1 else 0 end as is_end
        from begun
    ),

    final as (
        select
            cast(event as varchar) as event,
            cast(segment_type as varchar) as segment_type,
            cast(segment as varchar) as segment,
            cast(t as integer) as t,
            cast(at_risk as bigint) as at_risk,
            cast(events as bigint) as events,
            cast(
                at_risk
                - events
                - coalesce(
                    lead(at_risk) over (
                        partition by event, segment_type, segment order by t
                    ),
                    0
                ) as bigint
            ) as censored,
            -- 12 decimals: the same number whatever the order of the sums
            cast(
                case
                    when is_end = 1
                    then 0
                    else round(exp(sum(log_step) over so_far), 12)
                end as double
            ) as survival,
            cast(round(sum(greenwood_step) over so_far, 15) as double) as greenwood_sum
        from steps
        window
            so_far as (
                partition by event, segment_type, segment
                order by t
                rows unbounded preceding
            )
    )

select *
from final
