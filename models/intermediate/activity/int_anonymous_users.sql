-- One row is one anonymous id (cookie, device) and the customer who identified on it
-- first. Its whole history is that customer's; no other device's is.
with
    events as (
        select anonymous_id, source_user_id, occurred_at, 1 as preference
        from {{ ref("int_events") }}
        where anonymous_id is not null and source_user_id is not null
    ),

    sessions as (
        select anonymous_id, user_id, started_at, 2 as preference
        from {{ ref("stg_sessions") }}
        where
            anonymous_id is not null
            and user_id is not null
            and started_at_local < {{ as_of() }}
    ),

    identities as (
        select identity_value, customer_id, first_seen_at, 3 as preference
        from {{ ref("stg_customer_identities") }}
        where identity_type = 'anonymous_id' and first_seen_at_local < {{ as_of() }}
    ),

    resolution as (select * from {{ ref("int_customer_resolution") }}),

    seen as (
        select anonymous_id, source_user_id, occurred_at as identified_at, preference
        from events
        union all
        select *
        from sessions
        union all
        select *
        from identities
    ),

    first_seen as (
        select *
        from seen
        qualify
            row_number() over (
                partition by anonymous_id
                order by identified_at, preference, source_user_id
            )
            = 1
    ),

    final as (
        select
            cast(first_seen.anonymous_id as varchar) as anonymous_id,
            cast(resolution.customer_id as varchar) as customer_id,
            cast(first_seen.identified_at as timestamp) as identified_at
        from first_seen
        inner join
            resolution on first_seen.source_user_id = resolution.source_customer_id
    )

select *
from final
