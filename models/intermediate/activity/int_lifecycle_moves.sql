-- One row is one kind of activity, grain and period in which somebody was active or
-- stayed away: how many are new, came again, came back, or stayed away.
with
    user_periods as (select * from {{ ref("int_user_periods") }}),

    order_periods as (select * from {{ ref("int_customer_periods") }}),

    periods as (
        select entity, period_grain, period_start, user_id, prior_active_period_start
        from user_periods
        union all
        select
            'order', period_grain, period_start, customer_id, prior_active_period_start
        from order_periods
    ),

    followed as (
        select
            *,
            {{ period_of_grain("period_start", -1) }} as previous_period_start,
            {{ period_of_grain("period_start", 1) }} as next_period_start,
            lead(period_start) over (
                partition by entity, period_grain, user_id order by period_start
            ) as following
        from periods
    ),

    states as (
        select
            entity,
            period_grain,
            period_start,
            case
                when prior_active_period_start is null
                then 'new'
                when prior_active_period_start = previous_period_start
                then 'returning'
                else 'resurrected'
            end as state
        from followed
        union all
        select entity, period_grain, next_period_start, 'dormant'
        from followed
        where
            following is distinct from next_period_start
            and next_period_start < {{ as_of() }}
    ),

    final as (
        select
            cast(entity as varchar) as entity,
            cast(period_grain as varchar) as period_grain,
            cast(period_start as date) as period_start,
            cast(sum(case when state = 'new' then 1 else 0 end) as bigint) as new_users,
            cast(
                sum(case when state = 'returning' then 1 else 0 end) as bigint
            ) as returning_users,
            cast(
                sum(case when state = 'resurrected' then 1 else 0 end) as bigint
            ) as resurrected_users,
            cast(
                sum(case when state = 'dormant' then 1 else 0 end) as bigint
            ) as dormant_users
        from states
        group by entity, period_grain, period_start
    )

select *
from final
