-- One step of a Kaplan-Meier curve: a day on which customers placed their next order.
with
    histogram as (select * from {{ ref("int_order_gap_days") }}),

    exits as (
        select
            segment_type,
            segment,
            order_number,
            exit_days,
            sum(case when has_next_order then customers else 0 end) as events,
            sum(case when has_next_order then 0 else customers end) as censored,
        from histogram
        group by segment_type, segment, order_number, exit_days
    ),

    -- still waiting: everybody whose exit is not earlier; who is censored today is in
    watched as (
        select
            segment_type,
            segment,
            order_number,
            exit_days,
            events,
            sum(events + censored) over (
                partition by segment_type, segment, order_number
                order by exit_days desc nulls last
                rows between unbounded preceding and current row
            ) as at_risk,
        from exits
    ),

    -- ln(0) does not exist: a day on which all of them order ends the curve apart
    steps as (
        select
            *,
            {{ km_log_step("events", "at_risk") }} as log_survival,
            case when events = at_risk then 1 else 0 end as is_end,
        from watched
        where events > 0
    ),

    curve as (
        select
            *,
            sum(log_survival) over (
                partition by segment_type, segment, order_number
                order by exit_days nulls last
                rows between unbounded preceding and current row
            ) as log_survival_to_date,
        from steps
    ),

    final as (
        select
            cast(segment_type as varchar) as segment_type,
            cast(segment as varchar) as segment,
            cast(order_number as bigint) as order_number,
            cast(exit_days as integer) as t_days,
            cast(at_risk as bigint) as at_risk,
            cast(events as bigint) as events,
            -- 12 decimals: the same number whatever the order of the sums
            cast(
                case
                    when is_end = 1 then 0 else round(exp(log_survival_to_date), 12)
                end as double
            ) as survival,
        from curve
    )

select *
from final
