-- One default card that dies before the next charge, with the MRR that hangs on it.
with
    cards as (select * from {{ ref("int_card_subscriptions") }}),

    at_risk as (
        select *
        from cards
        where
            expires_date <= {{ add_days(as_of_date(), var("expiring_card_days", 60)) }}
            and (
                next_charge_at is null
                or cast(expires_date as timestamp) <= next_charge_at
            )
    ),

    final as (
        select
            cast(payment_method_id as varchar) as payment_method_id,
            cast(currency as varchar) as currency,
            cast(customer_id as varchar) as customer_id,
            cast(last4 as varchar) as last4,
            cast(expires_date as date) as expires_date,
            {{ days_between(as_of_date(), "expires_date") }} as expires_in_days,
            cast(expires_date <= {{ as_of_date() }} as boolean) as is_expired,
            cast(min(next_charge_at) as date) as next_charge_date,
            cast(count(*) as bigint) as subscriptions,
            {{ money("sum(mrr)") }} as mrr_at_risk
        from at_risk
        group by payment_method_id, currency, customer_id, last4, expires_date
    )

select *
from final
