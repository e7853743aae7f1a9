-- One default card and one subscription with MRR that it pays, with the next charge.
with
    cards as (
        select
            *,
            -- the first day on which the card is dead
            case
                when exp_month between 1 and 12
                then {{ add_periods("month", "make_date(exp_year, exp_month, 1)", 1) }}
            end as expires_date
        from {{ ref("stg_payment_methods") }}
        where coalesce(is_default, true)
    ),

    resolution as (select * from {{ ref("int_customer_resolution") }}),

    subscriptions as (
        select customer_id, subscription_id, currency, sum(mrr) as mrr
        from {{ ref("int_mrr_intervals") }}
        where
            valid_from_local < {{ as_of() }}
            and (valid_to_local is null or valid_to_local >= {{ as_of() }})
            and mrr > 0
        group by customer_id, subscription_id, currency
    ),

    billed as (
        select subscription_id, max({{ to_reporting_time("period_end") }}) as paid_until
        from {{ ref("stg_invoices") }}
        where issued_at_local < {{ as_of() }} and status <> 'void'
        group by subscription_id
    ),

    -- a period that is over says nothing about the next charge
    charged as (
        select
            subscriptions.*,
            case when paid_until >= {{ as_of() }} then paid_until end as next_charge_at
        from subscriptions
        left join billed on subscriptions.subscription_id = billed.subscription_id
    ),

    final as (
        select
            cast(payment_method_id as varchar) as payment_method_id,
            cast(charged.subscription_id as varchar) as subscription_id,
            cast(charged.currency as varchar) as currency,
            cast(charged.customer_id as varchar) as customer_id,
            cast(last4 as varchar) as last4,
            cast(expires_date as date) as expires_date,
            cast(next_charge_at as timestamp) as next_charge_at,
            {{ money("mrr") }} as mrr
        from cards
        inner join resolution on cards.customer_id = resolution.source_customer_id
        inner join charged on resolution.customer_id = charged.customer_id
    )

select *
from final
