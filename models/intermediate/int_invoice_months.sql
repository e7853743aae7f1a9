-- Attempted and failed payments, counted by month and currency.
with
    payments as (select * from {{ ref("int_invoice_payments") }}),

    numbers as (select * from {{ ref("int_period_numbers") }}),

    entered as (
        select
            dunning_month as month,
            currency,
            count(*) as entered,
            sum(case when outcome = 'recovered' then 1 else 0 end) as recovered,
            sum(case when outcome = 'lost' then 1 else 0 end) as lost,
            sum(case when outcome = 'in_progress' then 1 else 0 end) as in_progress,
            sum(case when outcome = 'voided' then 1 else 0 end) as voided,
            sum(amount) as entered_amount,
            sum(
                case when outcome = 'recovered' then amount else 0 end
            ) as recovered_amount,
            sum(case when outcome = 'lost' then amount else 0 end) as lost_amount,
            sum(
                case when outcome = 'in_progress' then amount else 0 end
            ) as in_progress_amount,
            sum(case when outcome = 'voided' then amount else 0 end) as voided_amount,
            sum(case when recovered_by = 'retry' then 1 else 0 end) as by_retry,
            sum(case when recovered_by = 'card_update' then 1 else 0 end) as by_card,
            sum(case when recovered_by = 'manual' then 1 else 0 end) as by_hand,
            count(days_to_recover) as dated,
            sum(cast(round(days_to_recover * 86400) as bigint)) as seconds
        from payments
        where outcome <> 'not_failed'
        group by dunning_month, currency
    ),

    attempted as (
        select
            attempt_month as month,
            currency,
            count(*) as attempted,
            sum(case when outcome = 'not_failed' then 0 else 1 end) as attempted_failed
        from payments
        group by attempt_month, currency
    ),

    currencies as (
        select currency, min(month) as began from attempted group by currency
    ),

    spine as (
        select currency, {{ add_periods("month", "began", "period_number") }} as month
        from currencies
        inner join
            numbers
            on period_number
            <= {{ months_between("began", "(" ~ as_of() ~ " - interval 1 microsecond)") }}
    ),

    final as (
        select
            cast(month as date) as month,
            cast(currency as varchar) as currency,
            cast(coalesce(attempted, 0) as bigint) as attempted_invoices,
            cast(coalesce(attempted_failed, 0) as bigint) as attempted_failed_invoices,
            cast(coalesce(entered, 0) as bigint) as entered_invoices,
            cast(coalesce(recovered, 0) as bigint) as recovered_invoices,
            cast(coalesce(lost, 0) as bigint) as lost_invoices,
            cast(coalesce(in_progress, 0) as bigint) as in_progress_invoices,
            cast(coalesce(voided, 0) as bigint) as voided_invoices,
            cast(coalesce(by_retry, 0) as bigint) as recovered_by_retry_invoices,
            cast(coalesce(by_card, 0) as bigint) as recovered_by_card_update_invoices,
            cast(coalesce(by_hand, 0) as bigint) as recovered_by_manual_invoices,
            {{ money("coalesce(entered_amount, 0)") }} as entered_amount,
            {{ money("coalesce(recovered_amount, 0)") }} as recovered_amount,
            {{ money("coalesce(lost_amount, 0)") }} as lost_amount,
            {{ money("coalesce(in_progress_amount, 0)") }} as in_progress_amount,
            {{ money("coalesce(voided_amount, 0)") }} as voided_amount,
            cast(coalesce(dated, 0) as bigint) as dated_recoveries,
            cast(coalesce(seconds, 0) / 86400.0 as double) as days_to_recover_sum,
            cast(
                cast({{ add_periods("month", "month", 1) }} as timestamp)
                <= {{ as_of() }} as boolean
            ) as is_complete
        from spine
        left join attempted using (month, currency)
        left join entered using (month, currency)
    )

select *
from final
