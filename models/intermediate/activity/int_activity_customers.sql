-- One row is one customer id that events, visits or accounts know before as_of.
with
    events as (
        select
            source_user_id, occurred_at as seen_at, occurred_at_local as seen_at_local
        from {{ ref("int_events") }}
        where source_user_id is not null
    ),

    sessions as (
        select
            user_id as source_user_id,
            started_at as seen_at,
            started_at_local as seen_at_local
        from {{ ref("stg_sessions") }}
        where user_id is not null and started_at_local < {{ as_of() }}
    ),

    members as (
        select
            user_id as source_user_id,
            joined_at as seen_at,
            joined_at_local as seen_at_local
        from {{ ref("stg_account_users") }}
        where joined_at_local < {{ as_of() }}
    ),

    known as (
        select *
        from events
        union all
        select *
        from sessions
        union all
        select *
        from members
    ),

    final as (
        select
            cast(source_user_id as varchar) as source_customer_id,
            cast(min(seen_at) as timestamp) as first_seen_at,
            cast(min(seen_at_local) as timestamp) as first_seen_at_local
        from known
        group by source_user_id
    )

select *
from final
