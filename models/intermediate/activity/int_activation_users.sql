-- One row is one user whom activation looks at: when they signed up, and whether they
-- still do what people use the product for in the retention window.
{% set first_day, last_day = activation_retention_days() %}
with
    events as (select * from {{ ref("int_visitor_events") }}),

    known as (
        select
            user_id,
            min(occurred_at) as first_event_at,
            min(
                case when event_class = 'signup' then occurred_at end
            ) as signup_event_at
        from events {{ only_users() }}
        group by user_id
    ),

    -- what the data has decides for everybody: signup events, core actions
    basis as (
        select
            max(case when event_class = 'signup' then 1 else 0 end) as has_signup,
            max(case when is_core_action then 1 else 0 end) as has_core
        from events {{ only_users() }}
    ),

    started as (
        select
            user_id,
            case
                when has_signup = 1 then signup_event_at else first_event_at
            end as signup_at,
            case
                when has_signup = 1 then 'signup_event' else 'first_event'
            end as signup_basis,
            case
                when has_core = 1 then 'core_action' else 'any_event'
            end as retained_by
        from known
        cross join basis
    ),

    retained as (
        select started.user_id, count(distinct events.event_date) as retained_days
        from started
        inner join events on started.user_id = events.user_id
        where
            (events.is_core_action or started.retained_by = 'any_event')
            and events.occurred_at >= started.signup_at + interval {{ first_day }} day
            and events.occurred_at < started.signup_at + interval {{ last_day }} day
        group by started.user_id
    ),

    final as (
        select
            cast(started.user_id as varchar) as user_id,
            cast(started.signup_at as timestamp) as signup_at,
            cast(started.signup_basis as varchar) as signup_basis,
            cast(started.retained_by as varchar) as retained_by,
            cast(
                started.signup_at + interval {{ last_day }} day
                <= {{ as_of_utc() }} as boolean
            ) as is_eligible,
            cast(coalesce(retained.retained_days, 0) as bigint) as retained_days
        from started
        left join retained on started.user_id = retained.user_id
        where started.signup_at is not null
    )

select *
from final
