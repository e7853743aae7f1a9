-- One row is one day and kind of activity: how many users were active on it, in the 7
-- and the 28 days that end with it, and in its month so far.
with
    days as (select * from {{ ref("int_user_days") }}),

    activities as (
        select 'any' as activity, date, next_active_date as next_date
        from days
        union all
        select 'core_action', date, next_core_date
        from days
        where core_actions > 0
    ),

    -- a user is in a window from an active day on until it, or the next one, is too old
    changes as (
        {% for measure, length in [("dau", 1), ("wau", 7), ("mau", 28)] %}
            select activity, '{{ measure }}' as measure, date, 1 as change
            from activities
            union all
            select
                activity,
                '{{ measure }}',
                least(
                    {{ add_days("date", length) }},
                    coalesce(next_date, {{ far_date() }})
                ),
                -1
            from activities
            union all
        {% endfor %}
        -- in the month so far: until the next active day or the month's end
        select activity, 'mau_calendar', date, 1
        from activities
        union all
        select
            activity,
            'mau_calendar',
            least(
                {{ add_periods("month", period_start("month", "date"), 1) }},
                coalesce(next_date, {{ far_date() }})
            ),
            -1
        from activities
    ),

    daily as (
        select
            activity,
            date,
            sum(case when measure = 'dau' then change else 0 end) as dau,
            sum(case when measure = 'wau' then change else 0 end) as wau,
            sum(case when measure = 'mau' then change else 0 end) as mau,
            sum(
                case when measure = 'mau_calendar' then change else 0 end
            ) as mau_calendar
        from changes
        group by activity, date
    ),

    bounds as (
        select activity, min(date) as first_date from activities group by activity
    ),

    spine as (
        select activity, {{ date_spine("day", "first_date", as_of_date()) }} as day_at
        from bounds
    ),

    final as (
        select
            cast(spine.activity as varchar) as activity,
            cast(spine.day_at as date) as date,
            cast(sum(coalesce(daily.dau, 0)) over so_far as bigint) as dau,
            cast(sum(coalesce(daily.wau, 0)) over so_far as bigint) as wau,
            cast(sum(coalesce(daily.mau, 0)) over so_far as bigint) as mau,
            cast(
                sum(coalesce(daily.mau_calendar, 0)) over so_far as bigint
            ) as mau_calendar
        from spine
        left join
            daily
            on spine.activity = daily.activity
            and cast(spine.day_at as date) = daily.date
        where spine.day_at < {{ as_of() }}
        window
            so_far as (
                partition by spine.activity
                order by spine.day_at
                rows unbounded preceding
            )
    )

select *
from final
