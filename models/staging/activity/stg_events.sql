-- One row is one event as the source knows it; newest load of each key.
with
    {{ newest_loads("events", "event_id", ["occurred_at desc", "event_name", "user_id nulls last", "anonymous_id nulls last"]) }},

    final as (
        select
            cast(event_id as varchar) as event_id,
            cast(user_id as varchar) as user_id,
            cast(anonymous_id as varchar) as anonymous_id,
            cast(account_id as varchar) as account_id,
            cast(session_id as varchar) as session_id,
            cast(event_name as varchar) as event_name,
            cast(occurred_at as timestamp) as occurred_at,
            cast(received_at as timestamp) as received_at,
            cast(platform as varchar) as platform,
            cast(channel as varchar) as channel,
            cast(revenue as decimal(18, 4)) as revenue,
            cast(properties as varchar) as properties,
            cast(
                {{ to_reporting_time('occurred_at') }} as timestamp
            ) as occurred_at_local,
            cast({{ to_reporting_time('occurred_at') }} as date) as event_date,
            cast(_loaded_at as timestamp) as _loaded_at
        from newest
    )

select *
from final
