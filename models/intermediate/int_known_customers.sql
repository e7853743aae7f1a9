-- One row is one customer id that subscriptions, events or another signal know before
-- as_of, whether or not the shop has an account or orders of it.
with
    billing as (select * from {{ ref("int_billing_customers") }}),

    -- each domain adds its own: customer id and first time seen
    signals as (
        select source_customer_id, first_seen_at, first_seen_at_local
        from {{ ref("int_activity_customers") }}
    ),

    known as (
        select
            source_customer_id,
            first_billed_at as known_at,
            first_billed_at_local as known_at_local,
            1 as is_billed
        from billing
        union all
        select source_customer_id, first_seen_at, first_seen_at_local, 0
        from signals
    ),

    final as (
        select
            cast(source_customer_id as varchar) as source_customer_id,
            cast(
                case
                    when max(is_billed) = 1 then 'subscription_only' else 'signal_only'
                end as varchar
            ) as source_kind,
            cast(min(known_at) as timestamp) as first_known_at,
            cast(min(known_at_local) as timestamp) as first_known_at_local
        from known
        group by source_customer_id
    )

select *
from final
