-- One row is one customer id that was erased: by the source system, or by a completed
-- request. Who else goes with it: int_customer_resolution.
with
    accounts as (
        select customer_id, erased_at, email_hash
        from {{ ref("stg_customers") }}
        where erased_at is not null
    ),

    requests as (
        select customer_id, completed_at as erased_at
        from {{ ref("stg_erasure_requests") }}
        where completed_at is not null
    ),

    known as (
        select customer_id, erased_at, email_hash, 0 as requested
        from accounts
        union all
        select customer_id, erased_at, cast(null as varchar), 1
        from requests
    ),

    final as (
        select
            cast(customer_id as varchar) as source_customer_id,
            cast(min(erased_at) as timestamp) as erased_at,
            cast(max(requested) = 1 as boolean) as is_requested,
            cast(min(email_hash) as varchar) as email_hash
        from known
        group by customer_id
    )

select *
from final
