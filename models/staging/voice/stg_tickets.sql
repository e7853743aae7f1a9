-- One row is one support ticket as the source knows it; newest load of each key.
with
    source as (select * from {{ canonical("tickets") }}),

    newest as (
        select *
        from source
        qualify
            row_number() over (
                partition by ticket_id
                order by
                    _loaded_at desc nulls last,
                    resolved_at desc nulls last,
                    first_response_at desc nulls last
            )
            = 1
    ),

    final as (
        select
            cast(ticket_id as varchar) as ticket_id,
            cast(customer_id as varchar) as customer_id,
            cast(created_at as timestamp) as created_at,
            cast(first_response_at as timestamp) as first_response_at,
            cast(resolved_at as timestamp) as resolved_at,
            cast(coalesce(reopened_count, 0) as integer) as reopened_count,
            cast(category as varchar) as category,
            cast(coalesce(is_complaint, false) as boolean) as is_complaint,
            cast(priority as varchar) as priority,
            cast(csat_score as decimal(9, 4)) as csat_score,
            cast(
                {{ to_reporting_time('created_at') }} as timestamp
            ) as created_at_local,
            cast(
                {{ to_reporting_time('first_response_at') }} as timestamp
            ) as first_response_at_local,
            cast(
                {{ to_reporting_time('resolved_at') }} as timestamp
            ) as resolved_at_local,
            cast({{ to_reporting_time('created_at') }} as date) as created_date,
            cast(_loaded_at as timestamp) as _loaded_at
        from newest
    )

select *
from final
