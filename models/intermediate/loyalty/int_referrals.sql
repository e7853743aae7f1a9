-- One row is one invitation before as_of, between canonical customers: did it bring a
-- sign-up and a buyer? Of several invitations of one person the first one counts.
with
    referrals as (
        select *, coalesce(invited_at_local, signed_up_at_local) as happened_at_local
        from {{ ref("stg_referrals") }}
        where coalesce(invited_at_local, signed_up_at_local) < {{ as_of() }}
    ),

    resolution as (select * from {{ ref("int_customer_resolution") }}),

    customers as (
        select customer_id
        from {{ ref("int_customers") }}
        where not is_test and not is_internal
    ),

    buyers as (select * from {{ ref("int_customer_orders") }}),

    -- an invited person without a date of sign-up has signed up when they are known
    resolved as (
        select
            referrals.referral_id,
            referrals.happened_at_local,
            referrals.reward_amount,
            customers.customer_id as referrer_customer_id,
            case
                when coalesce(referrals.signed_up_at_local < {{ as_of() }}, true)
                then invited.customer_id
            end as referred_customer_id
        from referrals
        inner join
            resolution as inviting
            on referrals.referrer_customer_id = inviting.source_customer_id
        inner join customers on inviting.customer_id = customers.customer_id
        left join
            resolution as invited
            on referrals.referred_customer_id = invited.source_customer_id
    ),

    counted as (
        select
            *,
            coalesce(referrer_customer_id = referred_customer_id, false) as is_self,
            row_number() over (
                partition by
                    referred_customer_id,
                    coalesce(referrer_customer_id = referred_customer_id, false)
                order by happened_at_local nulls last, referral_id nulls last
            ) as place
        from resolved
    ),

    judged as (
        select
            *,
            referred_customer_id is not null and not is_self and place = 1 as is_sign_up
        from counted
    ),

    final as (
        select
            cast(judged.referral_id as varchar) as referral_id,
            cast(judged.referrer_customer_id as varchar) as referrer_customer_id,
            cast(judged.referred_customer_id as varchar) as referred_customer_id,
            cast(judged.happened_at_local as date) as invited_date,
            cast(judged.is_self as boolean) as is_self,
            cast(judged.is_sign_up as boolean) as is_sign_up,
            cast(
                judged.is_sign_up and buyers.customer_id is not null as boolean
            ) as is_buyer,
            {{ money("case when judged.is_sign_up then coalesce(buyers.net_revenue, 0) else 0 end") }}
            as referred_net_revenue,
            {{ money("coalesce(judged.reward_amount, 0)") }} as reward_amount
        from judged
        left join buyers on judged.referred_customer_id = buyers.customer_id
    )

select *
from final
