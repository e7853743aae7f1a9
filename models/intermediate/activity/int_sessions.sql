-- One row is one visit (session) of a person: as the source counts visits, or made from
-- events when it gives none. Test and internal customers are out.
with
    events as (select * from {{ ref("int_visitor_events") }}),

    given as (
        select * from {{ ref("stg_sessions") }} where started_at_local < {{ as_of() }}
    ),

    resolution as (select * from {{ ref("int_customer_resolution") }}),

    anonymous_users as (select * from {{ ref("int_anonymous_users") }}),

    not_counted as (
        select customer_id from {{ ref("int_customers") }} where is_test or is_internal
    ),

    by_session as (
        select
            session_id,
            min(user_id) as user_id,
            bool_and(is_anonymous) as is_anonymous,
            min(occurred_at) as started_at,
            min(occurred_at_local) as started_at_local,
            max(occurred_at) as ended_at,
            count(*) as events
        from events
        where session_id is not null
        group by session_id
    ),

    resolved as (
        select
            given.*,
            coalesce(
                resolution.customer_id,
                anonymous_users.customer_id,
                {{ anonymous_user_id("given.anonymous_id") }}
            ) as visitor_id,
            coalesce(resolution.customer_id, anonymous_users.customer_id)
            is null as is_anonymous
        from given
        left join resolution on given.user_id = resolution.source_customer_id
        left join anonymous_users on given.anonymous_id = anonymous_users.anonymous_id
    ),

    sessions as (
        select
            resolved.session_id,
            resolved.visitor_id as user_id,
            resolved.is_anonymous,
            resolved.started_at,
            resolved.started_at_local,
            -- an end that is not known yet is none
            coalesce(
                case
                    when resolved.ended_at_local < {{ as_of() }}
                    then greatest(resolved.started_at, resolved.ended_at)
                end,
                by_session.ended_at
            ) as ended_at,
            coalesce(by_session.events, 0) as events,
            resolved.source,
            resolved.medium,
            resolved.campaign
        from resolved
        left join by_session on resolved.session_id = by_session.session_id
        left join not_counted on resolved.visitor_id = not_counted.customer_id
        where not_counted.customer_id is null
        union all
        select *, null, null, null
        from by_session
        where (select count(*) from {{ ref("stg_sessions") }}) = 0
    ),

    final as (
        select
            cast(session_id as varchar) as session_id,
            cast(user_id as varchar) as user_id,
            cast(is_anonymous as boolean) as is_anonymous,
            cast(started_at as timestamp) as started_at,
            cast(started_at_local as timestamp) as started_at_local,
            cast(started_at_local as date) as session_date,
            cast(ended_at as timestamp) as ended_at,
            cast(
                case
                    when ended_at >= started_at then epoch(ended_at) - epoch(started_at)
                end as decimal(18, 3)
            ) as duration_seconds,
            cast(events as bigint) as events,
            cast(
                row_number() over (
                    partition by user_id order by started_at, session_id
                ) as bigint
            ) as session_number,
            cast(source as varchar) as source,
            cast(medium as varchar) as medium,
            cast(campaign as varchar) as campaign
        from sessions
    )

select *
from final
