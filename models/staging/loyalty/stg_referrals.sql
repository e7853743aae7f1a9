-- One row is one invitation as the source knows it; newest load of each key.
with
    source as (select * from {{ canonical("referrals") }}),

    newest as (
        select *
        from source
        qualify
            row_number() over (
                partition by referral_id
                order by
                    _loaded_at desc nulls last,
                    signed_up_at desc nulls last,
                    reward_amount desc nulls last
            )
            = 1
    ),

    final as (
        select
            cast(referral_id as varchar) as referral_id,
            cast(referrer_customer_id as varchar) as referrer_customer_id,
            cast(referred_customer_id as varchar) as referred_customer_id,
            cast(invited_at as timestamp) as invited_at,
            cast(signed_up_at as timestamp) as signed_up_at,
            cast(reward_amount as decimal(18, 4)) as reward_amount,
            cast(
                {{ to_reporting_time('invited_at') }} as timestamp
            ) as invited_at_local,
            cast(
                {{ to_reporting_time('signed_up_at') }} as timestamp
            ) as signed_up_at_local,
            cast({{ to_reporting_time('invited_at') }} as date) as invited_date,
            cast({{ to_reporting_time('signed_up_at') }} as date) as signed_up_date,
            cast(_loaded_at as timestamp) as _loaded_at
        from newest
    )

select *
from final
