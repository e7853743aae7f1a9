-- The best row of each action is what a plain count over users and events gives.
with
    best as (select * from {{ ref("activation") }} where is_best_of_action),

    users as (select * from {{ ref("int_activation_users") }} where is_eligible),

    done as (
        select best.action, users.user_id, count(*) as actions
        from best
        inner join
            {{ ref("int_visitor_events") }} as events
            on best.action = events.activation_action
        inner join
            users
            on events.user_id = users.user_id
            and events.occurred_at >= users.signup_at
            and events.occurred_at < users.signup_at + best.window_days * interval 1 day
        group by best.action, users.user_id
    ),

    counted as (
        select
            best.action,
            count(*) as activated,
            sum(case when users.retained_days > 0 then 1 else 0 end) as tp
        from best
        inner join done on best.action = done.action and done.actions >= best.n
        inner join users on done.user_id = users.user_id
        group by best.action
    )

select
    best.action,
    best.activated,
    counted.activated as counted,
    best.tp,
    counted.tp as counted_tp
from best
left join counted on best.action = counted.action
where
    best.activated is distinct from counted.activated
    or best.tp is distinct from counted.tp
