-- One row is one customer with tickets, as they stand at as_of.
with
    tickets as (select * from {{ ref("int_tickets") }}),

    final as (
        select
            cast(customer_id as varchar) as customer_id,
            cast(count(*) as bigint) as tickets,
            cast(count(*) filter (where is_complaint) as bigint) as complaints,
            cast(
                count(*) filter (where is_complaint and not is_resolved) as bigint
            ) as open_complaints,
            cast(max(created_at) as timestamp) as last_ticket_at
        from tickets
        group by customer_id
    )

select *
from final
