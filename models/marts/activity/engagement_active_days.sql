-- One row is one snapshot, kind of activity, window (7 or 28 days before it) and
-- number of
-- active days: how many users were active on so many days (L7, L28).
with
    days as (select * from {{ ref("int_user_days") }}),

    snapshots as (select * from {{ ref("int_activity_snapshots") }}),

    numbers as (
        select period_number as active_days
        from {{ ref("int_period_numbers") }}
        where period_number between 1 and 28
    ),

    kinds as (
        select activity, window_days
        from
            (
                values ('any', 7), ('any', 28), ('core_action', 7), ('core_action', 28)
            ) as kinds(activity, window_days)
    ),

    user_windows as (
        select
            snapshot_date,
            user_id,
            count(*) as any_28,
            sum(case when core_actions > 0 then 1 else 0 end) as core_28,
            sum(case when date >= from_7 then 1 else 0 end) as any_7,
            sum(
                case when date >= from_7 and core_actions > 0 then 1 else 0 end
            ) as core_7
        from days
        inner join snapshots on days.date >= from_28 and days.date < snapshot_date
        group by snapshot_date, user_id
    ),

    counted as (
        {% for activity, window, column in [
            ("any", 7, "any_7"), ("any", 28, "any_28"),
            ("core_action", 7, "core_7"), ("core_action", 28, "core_28"),
        ] %}
            select
                snapshot_date,
                '{{ activity }}' as activity,
                {{ window }} as window_days,
                {{ column }} as active_days,
                count(*) as users
            from user_windows
            where {{ column }} > 0
            group by snapshot_date, {{ column }} {{ "union all" if not loop.last }}
        {% endfor %}
    ),

    cells as (
        select snapshot_date, activity, window_days, active_days
        from snapshots
        cross join kinds
        inner join numbers on active_days <= window_days
    ),

    summed as (
        select
            cells.*,
            coalesce(users, 0) as users,
            sum(coalesce(users, 0)) over (
                partition by cells.snapshot_date, cells.activity, cells.window_days
            ) as active_users
        from cells
        left join counted using (snapshot_date, activity, window_days, active_days)
    ),

    final as (
        select
            cast(snapshot_date as date) as snapshot_date,
            cast(activity as varchar) as activity,
            cast(window_days as integer) as window_days,
            cast(active_days as integer) as active_days,
            cast(users as bigint) as users,
            cast(active_users as bigint) as active_users,
            {{ safe_divide("users", "active_users") }} as users_share,
            active_users < {{ policy("min_cell_size") }} as is_low_n
        from summed
    )

select *
from final
