-- One row is one customer who invited others: what came of it; beside it the same for
-- the whole programme (k-factor).
with
    referrers as (select * from {{ ref("int_customer_referrals") }}),

    referrals as (select * from {{ ref("int_referrals") }}),

    customers as (
        select count(*) as customers
        from {{ ref("int_customers") }}
        where not is_test and not is_internal
    ),

    programme as (
        select sum(invites) as invites, sum(sign_ups) as sign_ups from referrers
    ),

    brought as (
        select distinct referred_customer_id as customer_id
        from referrals
        where is_sign_up
    ),

    currencies as (select reporting_currency from {{ ref("int_reporting_currency") }}),

    final as (
        select
            referrers.customer_id as referrer_customer_id,
            cast(brought.customer_id is not null as boolean) as is_referred,
            referrers.first_invited_date,
            referrers.last_invited_date,
            referrers.invites,
            referrers.self_invites,
            referrers.sign_ups,
            referrers.successful_referrals as buyers,
            {{ safe_divide("referrers.sign_ups", "referrers.invites") }}
            as sign_up_rate,
            {{ safe_divide("referrers.successful_referrals", "referrers.invites") }}
            as buyer_rate,
            currencies.reporting_currency as currency,
            referrers.referred_net_revenue,
            {{ money(safe_divide("referrers.referred_net_revenue", "referrers.sign_ups")) }}
            as referred_ltv,
            referrers.reward_amount,
            cast(customers.customers as bigint) as programme_customers,
            cast(programme.invites as bigint) as programme_invites,
            cast(programme.sign_ups as bigint) as programme_sign_ups,
            {{ safe_divide("programme.invites", "customers.customers") }}
            as invites_per_customer,
            {{ safe_divide("programme.sign_ups", "programme.invites") }}
            as conversion_rate,
            {{ safe_divide("programme.sign_ups", "customers.customers") }} as k_factor
        from referrers
        cross join customers
        cross join programme
        cross join currencies
        left join brought on referrers.customer_id = brought.customer_id
    )

select *
from final
