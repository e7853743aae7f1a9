-- Pauses that ended in a month: how many subscriptions went on, how many were
-- cancelled?
with
    pauses as (select * from {{ ref("int_pause_outcomes") }}),

    numbers as (select * from {{ ref("int_period_numbers") }}),

    ended as (
        select
            {{ period_start("month", "ended_date") }} as month,
            sum(case when outcome = 'resumed' then 1 else 0 end) as resumed,
            sum(case when outcome = 'cancelled' then 1 else 0 end) as cancelled,
            sum({{ days_between("started_date", "ended_date") }}) as days
        from pauses
        where outcome <> 'open'
        group by {{ period_start("month", "ended_date") }}
    ),

    started as (
        select {{ period_start("month", "started_date") }} as month, count(*) as started
        from pauses
        group by {{ period_start("month", "started_date") }}
    ),

    history as (select min(month) as began from started),

    spine as (
        select {{ add_periods("month", "began", "period_number") }} as month
        from history
        inner join
            numbers
            on period_number
            <= {{ months_between("began", "(" ~ as_of() ~ " - interval 1 microsecond)") }}
    ),

    rated as (
        select
            spine.month,
            coalesce(started, 0) as started,
            coalesce(resumed, 0) as resumed,
            coalesce(cancelled, 0) as cancelled,
            coalesce(days, 0) as days,
            {{ safe_divide("resumed", "resumed + cancelled") }} as rate,
            cast({{ add_periods("month", "spine.month", 1) }} as timestamp)
            <= {{ as_of() }} as is_complete
        from spine
        left join ended on spine.month = ended.month
        left join started on spine.month = started.month
    ),

    final as (
        select
            cast(month as date) as month,
            cast(started as bigint) as started_pauses,
            cast(resumed + cancelled as bigint) as ended_pauses,
            cast(resumed as bigint) as resumed_pauses,
            cast(cancelled as bigint) as cancelled_pauses,
            case when is_complete then rate end as unpause_rate,
            rate as unpause_rate_partial,
            cast(days as bigint) as pause_days_sum,
            {{ safe_divide("days", "resumed + cancelled") }} as avg_pause_days,
            cast(is_complete as boolean) as is_complete,
            resumed + cancelled < {{ policy("min_cell_size") }} as is_low_n
        from rated
    )

select *
from final
