-- One row is one user who signed up: when they were set up, when they reached the aha
-- moment, and whether they made a habit of it.
with
    users as (select * from {{ ref("int_activation_users") }}),

    events as (select * from {{ ref("int_visitor_events") }}),

    rule as (select * from {{ ref("int_activation_rule") }}),

    -- the n-th time since the sign-up, in the window or later
    done as (
        select
            users.user_id,
            events.occurred_at,
            events.occurred_at_local,
            rule.window_days
        from users
        inner join events on users.user_id = events.user_id
        inner join rule on events.activation_action = rule.action
        where events.occurred_at >= users.signup_at
        qualify
            row_number() over (
                partition by users.user_id order by events.occurred_at, events.event_id
            )
            = rule.n
    ),

    set_up as (
        select users.user_id, min(events.occurred_at) as setup_at
        from users
        inner join events on users.user_id = events.user_id
        where events.event_class = 'setup' and events.occurred_at >= users.signup_at
        group by users.user_id
    ),

    final as (
        select
            cast(users.user_id as varchar) as user_id,
            cast(users.signup_at as timestamp) as signup_at,
            cast(
                {{ to_reporting_time("users.signup_at") }} as timestamp
            ) as signup_at_local,
            cast({{ to_reporting_time("users.signup_at") }} as date) as signup_date,
            cast(set_up.setup_at as timestamp) as setup_at,
            cast(done.occurred_at as timestamp) as activated_at,
            cast(done.occurred_at_local as date) as activated_date,
            cast(
                coalesce(
                    done.occurred_at
                    < users.signup_at + done.window_days * interval 1 day,
                    false
                ) as boolean
            ) as is_activated_in_window,
            cast(
                users.retained_days >= {{ var("activation_habit_days") }} as boolean
            ) as has_habit,
            cast(users.is_eligible as boolean) as is_eligible,
            cast(rule.action as varchar) as rule_action
        from users
        left join done on users.user_id = done.user_id
        left join set_up on users.user_id = set_up.user_id
        left join rule on rule.rule_id = 1
    )

select *
from final
