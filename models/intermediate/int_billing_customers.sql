-- One row is one customer id that subscriptions or invoices know before as_of.
with
    subscriptions as (
        select customer_id, valid_from as billed_at, valid_from_local as billed_at_local
        from {{ ref("stg_subscriptions") }}
        where valid_from_local < {{ as_of() }}
    ),

    invoices as (
        select customer_id, issued_at as billed_at, issued_at_local as billed_at_local
        from {{ ref("stg_invoices") }}
        where issued_at_local < {{ as_of() }}
    ),

    known as (
        select *
        from subscriptions
        union all
        select *
        from invoices
    ),

    final as (
        select
            cast(customer_id as varchar) as source_customer_id,
            cast(min(billed_at) as timestamp) as first_billed_at,
            cast(min(billed_at_local) as timestamp) as first_billed_at_local
        from known
        group by customer_id
    )

select *
from final
