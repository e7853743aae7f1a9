-- One row is one support ticket opened before as_of, as it stood at as_of.
with
    tickets as (
        select
            *,
            first_response_at_local < {{ as_of() }} as is_acknowledged,
            resolved_at_local < {{ as_of() }} as is_resolved
        from {{ ref("stg_tickets") }}
        where created_at_local < {{ as_of() }}
    ),

    resolution as (select * from {{ ref("int_customer_resolution") }}),

    customers as (select * from {{ ref("int_customers") }}),

    final as (
        select
            cast(ticket_id as varchar) as ticket_id,
            cast(resolution.customer_id as varchar) as customer_id,
            cast(tickets.created_at as timestamp) as created_at,
            cast(created_at_local as date) as created_date,
            {{ period_start("month", "created_at_local") }} as month,
            cast(coalesce(category, 'unknown') as varchar) as category,
            cast(is_complaint as boolean) as is_complaint,
            cast(
                case when is_acknowledged then first_response_at end as timestamp
            ) as first_response_at,
            cast(
                case
                    when is_acknowledged
                    then (epoch(first_response_at) - epoch(tickets.created_at)) / 3600.0
                end as double
            ) as first_response_hours,
            cast(
                case when is_resolved then resolved_at end as timestamp
            ) as resolved_at,
            cast(
                case
                    when is_resolved
                    then (epoch(resolved_at) - epoch(tickets.created_at)) / 3600.0
                end as double
            ) as resolution_hours,
            cast(coalesce(is_resolved, false) as boolean) as is_resolved,
            cast(reopened_count > 0 as boolean) as is_reopened,
            cast(
                case
                    when reopened_count > 0
                    then 'reopened'
                    when is_resolved
                    then 'resolved'
                    else 'unresolved'
                end as varchar
            ) as outcome,
            cast(
                coalesce(
                    epoch(first_response_at) - epoch(tickets.created_at) <= 86400
                    and is_acknowledged,
                    false
                ) as boolean
            ) as is_acknowledged_24h,
            cast(
                tickets.created_at + interval 24 hour <= {{ as_of_utc() }}
                or (
                    coalesce(is_acknowledged, false)
                    and epoch(first_response_at) - epoch(tickets.created_at) <= 86400
                ) as boolean
            ) as is_mature_24h,
            cast(csat_score as decimal(9, 4)) as csat_score
        from tickets
        inner join resolution on tickets.customer_id = resolution.source_customer_id
        inner join customers on resolution.customer_id = customers.customer_id
        where not customers.is_test and not customers.is_internal
    )

select *
from final
