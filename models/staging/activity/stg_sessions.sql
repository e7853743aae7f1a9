-- One row is one visit as the source knows it; newest load of each key.
with
    source as (select * from {{ canonical("sessions") }}),

    newest as (
        select *
        from source
        qualify
            row_number() over (
                partition by session_id
                order by
                    _loaded_at desc nulls last,
                    started_at,
                    ended_at desc nulls last,
                    user_id nulls last,
                    anonymous_id nulls last
            )
            = 1
    ),

    final as (
        select
            cast(session_id as varchar) as session_id,
            cast(user_id as varchar) as user_id,
            cast(anonymous_id as varchar) as anonymous_id,
            cast(started_at as timestamp) as started_at,
            cast(ended_at as timestamp) as ended_at,
            cast(source as varchar) as source,
            cast(medium as varchar) as medium,
            cast(campaign as varchar) as campaign,
            cast(
                {{ to_reporting_time('started_at') }} as timestamp
            ) as started_at_local,
            cast({{ to_reporting_time('started_at') }} as date) as session_date,
            cast({{ to_reporting_time('ended_at') }} as timestamp) as ended_at_local,
            cast(_loaded_at as timestamp) as _loaded_at
        from newest
    )

select *
from final
