-- returning + dormant of a period are the active users of the period before, and the
-- new
-- users of all periods are all users.
with
    lifecycle as (select * from {{ ref("user_lifecycle") }}),

    compared as (
        select
            entity,
            period_grain,
            period_start,
            returning_users,
            dormant_users,
            lag(active_users) over (
                partition by entity, period_grain order by period_start
            ) as active_before
        from lifecycle
    ),

    newcomers as (
        select entity, period_grain, sum(new_users) as new_users
        from lifecycle
        group by entity, period_grain
    ),

    users as (
        select 'activity' as entity, count(distinct user_id) as users
        from {{ ref("int_user_days") }}
        union all
        select 'core_action', count(distinct user_id)
        from {{ ref("int_user_days") }}
        where core_actions > 0
        union all
        select 'order', count(distinct customer_id)
        from {{ ref("int_orders_sequenced") }}
    )

select
    entity,
    period_grain,
    period_start,
    returning_users + dormant_users as found,
    coalesce(active_before, 0) as wanted
from compared
where returning_users + dormant_users <> coalesce(active_before, 0)
union all
select newcomers.entity, period_grain, null, new_users, users
from newcomers
inner join users on newcomers.entity = users.entity
where new_users <> users
