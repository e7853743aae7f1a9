-- One row is one request to erase a customer as the source knows it; newest load of
-- each key.
with
    source as (select * from {{ canonical("erasure_requests") }}),

    newest as (
        select *
        from source
        qualify
            row_number() over (
                partition by request_id
                order by
                    _loaded_at desc nulls last,
                    completed_at nulls last,
                    requested_at,
                    customer_id
            )
            = 1
    ),

    final as (
        select
            cast(request_id as varchar) as request_id,
            cast(customer_id as varchar) as customer_id,
            cast(requested_at as timestamp) as requested_at,
            cast(completed_at as timestamp) as completed_at,
            cast(
                {{ to_reporting_time('requested_at') }} as timestamp
            ) as requested_at_local,
            cast({{ to_reporting_time('requested_at') }} as date) as requested_date,
            cast(
                {{ to_reporting_time('completed_at') }} as timestamp
            ) as completed_at_local,
            cast({{ to_reporting_time('completed_at') }} as date) as completed_date,
            cast(_loaded_at as timestamp) as _loaded_at
        from newest
    )

select *
from final
