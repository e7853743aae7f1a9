-- One invoice with a failed payment: is the money in, lost or still being asked for?
with
    payments as (select * from {{ ref("int_invoice_payments") }}),

    failed as (select * from payments where outcome <> 'not_failed'),

    final as (
        select
            invoice_id,
            customer_id,
            subscription_id,
            currency,
            amount,
            first_failed_at,
            first_failed_date,
            dunning_month,
            failure_code,
            decline_type,
            attempts,
            failed_attempts,
            outcome,
            recovered_at,
            recovered_date,
            recovered_by,
            days_to_recover,
            {{ money("case when outcome = 'recovered' then amount else 0 end") }}
            as recovered_amount
        from failed
    )

select *
from final
