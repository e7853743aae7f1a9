-- One row is one day and kind of activity: active users of the day, of the 7 and the 28
-- days that end with it and of its month so far, and how sticky the product is.
with
    active as (select * from {{ ref("int_active_users_daily") }}),

    days as (select * from {{ ref("int_user_days") }}),

    totals as (
        select
            date,
            sum(events) as events,
            sum(core_actions) as core_actions,
            sum(sessions) as sessions,
            sum(active_seconds) as active_seconds,
            sum(late_events) as late_events
        from days
        group by date
    ),

    summed as (
        select
            active.*,
            sum(dau) over (
                partition by activity
                order by date
                rows between 27 preceding and current row
            ) as user_days_28,
            count(*) over (
                partition by activity
                order by date
                rows between 27 preceding and current row
            ) as days_28,
            sum(dau) over (
                partition by activity, {{ period_start("month", "date") }}
                order by date
                rows unbounded preceding
            ) as user_days_calendar,
            cast(day(date) as integer) as days_calendar,
            cast({{ add_days("date", 1) }} as timestamp) <= {{ as_of() }} as is_complete
        from active
    ),

    rated as (
        select
            *,
            {{ safe_divide("user_days_28", "days_28") }} as avg_dau_28,
            {{ safe_divide("user_days_calendar", "days_calendar") }}
            as avg_dau_calendar,
            is_complete and days_28 = 28 as is_full_window,
            is_complete
            and {{ add_days("date", 1) }}
            = {{ add_periods("month", period_start("month", "date"), 1) }}
            as is_full_month
        from summed
    ),

    final as (
        select
            rated.activity,
            rated.date,
            dau,
            wau,
            mau,
            mau_calendar,
            cast(user_days_28 as bigint) as user_days_28,
            cast(days_28 as bigint) as days_28,
            avg_dau_28,
            case
                when is_full_window then {{ safe_divide("avg_dau_28", "mau") }}
            end as stickiness,
            {{ safe_divide("avg_dau_28", "mau") }} as stickiness_partial,
            cast(user_days_calendar as bigint) as user_days_calendar,
            cast(days_calendar as bigint) as days_calendar,
            avg_dau_calendar,
            case
                when is_full_month
                then {{ safe_divide("avg_dau_calendar", "mau_calendar") }}
            end as stickiness_calendar,
            {{ safe_divide("avg_dau_calendar", "mau_calendar") }}
            as stickiness_calendar_partial,
            cast(coalesce(totals.events, 0) as bigint) as events,
            cast(coalesce(totals.core_actions, 0) as bigint) as core_actions,
            cast(coalesce(totals.sessions, 0) as bigint) as sessions,
            cast(coalesce(totals.active_seconds, 0) as double) / 60 as minutes,
            cast(coalesce(totals.late_events, 0) as bigint) as late_events,
            is_full_month as is_month_end,
            is_complete,
            mau < {{ policy("min_cell_size") }} as is_low_n
        from rated
        left join totals on rated.date = totals.date
    )

select *
from final
