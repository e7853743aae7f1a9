-- One row is one customer who invited others: what came of it.
with
    referrals as (select * from {{ ref("int_referrals") }}),

    final as (
        select
            cast(referrer_customer_id as varchar) as customer_id,
            cast(count(*) filter (where not is_self) as bigint) as invites,
            cast(count(*) filter (where is_self) as bigint) as self_invites,
            cast(count(*) filter (where is_sign_up) as bigint) as sign_ups,
            cast(count(*) filter (where is_buyer) as bigint) as successful_referrals,
            {{ money("sum(referred_net_revenue)") }} as referred_net_revenue,
            {{ money("sum(reward_amount)") }} as reward_amount,
            cast(min(invited_date) as date) as first_invited_date,
            cast(max(invited_date) as date) as last_invited_date
        from referrals
        group by referrer_customer_id
    )

select *
from final
