-- On the last days of months and of history, active users are what a plain count of the
-- days gives.
with
    engagement as (
        select *
        from {{ ref("engagement") }}
        where is_month_end or date = {{ add_days(as_of_date(), -1) }}
    ),

    days as (
        select 'any' as activity, user_id, date
        from {{ ref("int_user_days") }}
        union all
        select 'core_action', user_id, date
        from {{ ref("int_user_days") }}
        where core_actions > 0
    ),

    counted as (
        select
            engagement.activity,
            engagement.date,
            count(
                distinct case when days.date = engagement.date then user_id end
            ) as dau,
            count(
                distinct case
                    when days.date > {{ add_days("engagement.date", -7) }} then user_id
                end
            ) as wau,
            count(
                distinct case
                    when days.date > {{ add_days("engagement.date", -28) }} then user_id
                end
            ) as mau,
            count(
                distinct case
                    when days.date >= {{ period_start("month", "engagement.date") }}
                    then user_id
                end
            ) as mau_calendar
        from engagement
        left join
            days
            on engagement.activity = days.activity
            and days.date <= engagement.date
            and days.date > {{ add_days("engagement.date", -31) }}
        group by engagement.activity, engagement.date
    )

select
    activity,
    date,
    engagement.dau,
    counted.dau as counted_dau,
    engagement.wau,
    counted.wau as counted_wau,
    engagement.mau,
    counted.mau as counted_mau,
    engagement.mau_calendar,
    counted.mau_calendar as counted_mau_calendar
from engagement
inner join counted using (activity, date)
where
    engagement.dau <> counted.dau
    or engagement.wau <> counted.wau
    or engagement.mau <> counted.mau
    or engagement.mau_calendar <> counted.mau_calendar
