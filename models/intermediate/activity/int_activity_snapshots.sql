-- One row is one day at whose start users and accounts are looked at: the first of each
-- month since activity began, and the day of as_of.
with
    days as (select min(date) as first_date from {{ ref("int_user_days") }}),

    spine as (
        select
            {{ date_spine(
                "month", add_periods("month", period_start("month", "first_date"), 1), as_of_date()
            ) }}
            as day_at
        from days
        where first_date is not null
    ),

    snapshots as (
        select cast(day_at as date) as snapshot_date
        from spine
        union
        select {{ as_of_date() }}
        from days
        where first_date is not null
    ),

    numbered as (
        select
            snapshot_date,
            row_number() over (order by snapshot_date desc) as snapshots_back
        from snapshots
    ),

    final as (
        select
            cast(snapshot_date as date) as snapshot_date,
            cast({{ add_days("snapshot_date", -7) }} as date) as from_7,
            cast({{ add_days("snapshot_date", -28) }} as date) as from_28,
            cast(snapshots_back = 1 as boolean) as is_current
        from numbered
    )

select *
from final
