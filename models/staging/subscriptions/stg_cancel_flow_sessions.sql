-- One row is one visit to the cancellation flow as the source knows it; newest load
-- of each key.
with
    source as (select * from {{ canonical("cancel_flow_sessions") }}),

    newest as (
        select *
        from source
        qualify
            row_number() over (
                partition by session_id
                order by
                    _loaded_at desc nulls last,
                    completed_at desc nulls last,
                    outcome desc nulls last
            )
            = 1
    ),

    final as (
        select
            cast(session_id as varchar) as session_id,
            cast(subscription_id as varchar) as subscription_id,
            cast(customer_id as varchar) as customer_id,
            cast(started_at as timestamp) as started_at,
            cast(reason_code as varchar) as reason_code,
            cast(reason_text as varchar) as reason_text,
            cast(offer_type as varchar) as offer_type,
            cast(outcome as varchar) as outcome,
            cast(completed_at as timestamp) as completed_at,
            cast(
                {{ to_reporting_time('started_at') }} as timestamp
            ) as started_at_local,
            cast(
                {{ to_reporting_time('completed_at') }} as timestamp
            ) as completed_at_local,
            cast(_loaded_at as timestamp) as _loaded_at
        from newest
    )

select *
from final
