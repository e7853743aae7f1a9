-- One row is one event for a business account: the one that the event names, else the
-- primary account of its user, while the user has a seat.
{{ config(materialized="view") }}
with
    events as (select * from {{ ref("int_visitor_events") }} where not is_anonymous),

    members as (select * from {{ ref("int_account_members") }} where is_primary),

    final as (
        select
            cast(events.event_id as varchar) as event_id,
            cast(
                coalesce(events.account_id, members.account_id) as varchar
            ) as account_id,
            cast(events.user_id as varchar) as user_id,
            cast(events.event_date as date) as event_date,
            cast(events.event_name as varchar) as event_name,
            cast(events.event_class as varchar) as event_class,
            cast(events.is_core_action as boolean) as is_core_action,
            cast(events.session_id as varchar) as session_id,
            cast(events.active_seconds as decimal(18, 3)) as active_seconds,
            cast(events.revenue as decimal(18, 4)) as revenue,
            cast(events.properties as varchar) as properties
        from events
        left join
            members
            on events.user_id = members.customer_id
            and events.event_date >= coalesce(members.joined_date, events.event_date)
            and events.event_date < coalesce(members.left_date, {{ far_date() }})
        where coalesce(events.account_id, members.account_id) is not null
    )

select *
from final
