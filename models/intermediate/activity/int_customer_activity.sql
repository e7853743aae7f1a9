-- One row is one customer with activity: first and last time seen, how active in the
-- last
-- 28 days.
with
    days as (
        select
            *,
            date >= {{ add_days(as_of_date(), -28) }}
            and date < {{ as_of_date() }} as is_in_28
        from {{ ref("int_user_days") }}
        where not is_anonymous
    ),

    activation as (select * from {{ ref("int_user_activation") }}),

    seen as (
        select
            user_id,
            min(first_at) as first_seen_at,
            max(last_at) as last_seen_at,
            sum(case when is_in_28 then 1 else 0 end) as active_days_28,
            sum(case when is_in_28 then sessions else 0 end) as sessions_28,
            sum(case when is_in_28 then core_actions else 0 end) as core_actions_28
        from days
        group by user_id
    ),

    final as (
        select
            cast(seen.user_id as varchar) as customer_id,
            cast(seen.first_seen_at as timestamp) as first_seen_at,
            cast(seen.last_seen_at as timestamp) as last_seen_at,
            cast(seen.active_days_28 as bigint) as active_days_28,
            cast(seen.sessions_28 as bigint) as sessions_28,
            cast(seen.core_actions_28 as bigint) as core_actions_28,
            cast(activation.signup_at as timestamp) as signup_at,
            cast(activation.activated_at as timestamp) as activated_at,
            cast(
                coalesce(
                    activation.signup_at
                    + interval {{ var("activation_windows") | max }} day
                    > {{ as_of_utc() }},
                    false
                ) as boolean
            ) as is_activating
        from seen
        left join activation on seen.user_id = activation.user_id
    )

select *
from final
