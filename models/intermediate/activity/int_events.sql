-- One row is one event before as_of that a person made. The only model that reads all
-- events; who the person is: int_visitor_events.
with
    events as (
        select * from {{ ref("stg_events") }} where occurred_at_local < {{ as_of() }}
    ),

    exclusions as (select * from {{ ref("activity_exclusions") }}),

    metrics as (select distinct event_name from {{ ref("value_metrics") }}),

    counted as (
        select events.*
        from events
        left join
            exclusions as platforms
            on platforms.field = 'platform'
            and platforms.value = lower(events.platform)
        left join
            exclusions as channels
            on channels.field = 'channel'
            and channels.value = lower(events.channel)
        left join
            exclusions as names
            on names.field = 'event_name'
            and names.value = lower(events.event_name)
        where platforms.value is null and channels.value is null and names.value is null
    ),

    final as (
        select
            cast(counted.event_id as varchar) as event_id,
            cast(counted.user_id as varchar) as source_user_id,
            cast(counted.anonymous_id as varchar) as anonymous_id,
            cast(counted.account_id as varchar) as account_id,
            cast(counted.session_id as varchar) as session_id,
            cast(counted.event_name as varchar) as event_name,
            cast(counted.occurred_at as timestamp) as occurred_at,
            cast(counted.occurred_at_local as timestamp) as occurred_at_local,
            cast(counted.event_date as date) as event_date,
            cast(
                coalesce(
                    counted.received_at
                    >= counted.occurred_at + interval {{ var("late_days") }} day,
                    false
                ) as boolean
            ) as is_late,
            cast(counted.revenue as decimal(18, 4)) as revenue,
            -- kept only where a value metric reads it
            cast(
                case
                    when metrics.event_name is not null then counted.properties
                end as varchar
            ) as properties
        from counted
        left join metrics on counted.event_name = metrics.event_name
    )

select *
from final
