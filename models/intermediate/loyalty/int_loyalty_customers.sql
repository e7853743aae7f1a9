-- One row is one customer id that the loyalty programme or referrals know before as_of.
with
    entries as (
        select customer_id, occurred_at as known_at, occurred_at_local as known_at_local
        from {{ ref("stg_loyalty_ledger") }}
    ),

    tiers as (
        select customer_id, valid_from as known_at, valid_from_local as known_at_local
        from {{ ref("stg_loyalty_tiers") }}
    ),

    referrals as (select * from {{ ref("stg_referrals") }}),

    known as (
        select *
        from entries
        union all
        select *
        from tiers
        union all
        select
            referrer_customer_id,
            coalesce(invited_at, signed_up_at),
            coalesce(invited_at_local, signed_up_at_local)
        from referrals
        union all
        select referred_customer_id, signed_up_at, signed_up_at_local
        from referrals
        where referred_customer_id is not null
    ),

    final as (
        select
            cast(customer_id as varchar) as source_customer_id,
            cast(min(known_at) as timestamp) as first_known_at,
            cast(min(known_at_local) as timestamp) as first_known_at_local
        from known
        where known_at_local < {{ as_of() }}
        group by customer_id
    )

select *
from final
