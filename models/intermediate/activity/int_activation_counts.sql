-- One row is one user, action and window since the sign-up: how often the user did
-- it, at
-- most activation_max_actions. Users who did not do it have no row.
with
    users as (select * from {{ ref("int_activation_users") }}),

    events as (
        select *
        from {{ ref("int_visitor_events") }}
        where activation_action is not null
    ),

    windows as (
        select cast(window_days as integer) as window_days
        from (values {{ activation_window_rows() }}) as list(window_days)
    ),

    -- once per event: the shortest window that it lies in
    placed as (
        select
            users.user_id,
            users.is_eligible,
            users.retained_days > 0 as is_retained,
            events.activation_action as action,
            {{ activation_first_window("events.occurred_at", "users.signup_at") }}
            as window_days
        from users
        inner join events on users.user_id = events.user_id
        where events.occurred_at >= users.signup_at
    ),

    first_windows as (
        select
            user_id, is_eligible, is_retained, action, window_days, count(*) as actions
        from placed
        where window_days is not null
        group by user_id, is_eligible, is_retained, action, window_days
    ),

    -- in a window: what happened in it and in all shorter ones
    final as (
        select
            cast(first_windows.user_id as varchar) as user_id,
            cast(first_windows.action as varchar) as action,
            cast(windows.window_days as integer) as window_days,
            cast(first_windows.is_eligible as boolean) as is_eligible,
            cast(first_windows.is_retained as boolean) as is_retained,
            cast(
                least(
                    sum(first_windows.actions), {{ var("activation_max_actions") }}
                ) as bigint
            ) as actions
        from first_windows
        inner join windows on windows.window_days >= first_windows.window_days
        group by
            first_windows.user_id,
            first_windows.action,
            windows.window_days,
            first_windows.is_eligible,
            first_windows.is_retained
    )

select *
from final
