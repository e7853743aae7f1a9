-- Every event before as_of is counted, excluded by a rule of activity_exclusions, or
-- of a
-- test or internal customer: never lost.
with
    events as (
        select * from {{ ref("stg_events") }} where occurred_at_local < {{ as_of() }}
    ),

    exclusions as (select * from {{ ref("activity_exclusions") }}),

    resolution as (select * from {{ ref("int_customer_resolution") }}),

    anonymous_users as (select * from {{ ref("int_anonymous_users") }}),

    not_counted as (
        select customer_id from {{ ref("int_customers") }} where is_test or is_internal
    ),

    judged as (
        select
            events.event_id,
            events.event_name,
            counted.event_id is not null as is_counted,
            not_counted.customer_id is not null as is_staff,
            exists (
                select 1
                from exclusions
                where
                    (
                        exclusions.field = 'platform'
                        and exclusions.value = lower(events.platform)
                    )
                    or (
                        exclusions.field = 'channel'
                        and exclusions.value = lower(events.channel)
                    )
                    or (
                        exclusions.field = 'event_name'
                        and exclusions.value = lower(events.event_name)
                    )
            ) as is_excluded
        from events
        left join
            {{ ref("int_visitor_events") }} as counted
            on events.event_id = counted.event_id
        left join resolution on events.user_id = resolution.source_customer_id
        left join anonymous_users on events.anonymous_id = anonymous_users.anonymous_id
        left join
            not_counted
            on coalesce(resolution.customer_id, anonymous_users.customer_id)
            = not_counted.customer_id
    )

select *
from judged
where is_counted = (is_excluded or is_staff)
