-- One invoice that somebody tried to collect: what failed, and what came of it.
with
    attempts as (
        select *
        from {{ ref("stg_payment_attempts") }}
        where attempted_at_local < {{ as_of() }}
    ),

    invoices as (select * from {{ ref("stg_invoices") }}),

    resolution as (select * from {{ ref("int_customer_resolution") }}),

    customers as (select * from {{ ref("int_customers") }}),

    tried as (
        select
            invoice_id,
            max(customer_id) as customer_id,
            max(amount) as amount,
            max(currency) as currency,
            count(*) as attempts,
            sum(case when succeeded then 0 else 1 end) as failed_attempts,
            min(attempted_at_local) as first_attempted_at_local
        from attempts
        group by invoice_id
    ),

    failures as (
        select *
        from attempts
        where not succeeded
        qualify
            row_number() over (
                partition by invoice_id
                order by
                    attempted_at nulls last,
                    attempt_number nulls last,
                    attempt_id nulls last
            )
            = 1
    ),

    payments as (
        select attempts.*
        from attempts
        inner join failures on attempts.invoice_id = failures.invoice_id
        where attempts.succeeded and attempts.attempted_at >= failures.attempted_at
        qualify
            row_number() over (
                partition by attempts.invoice_id
                order by
                    attempts.attempted_at nulls last,
                    attempts.attempt_number nulls last,
                    attempts.attempt_id nulls last
            )
            = 1
    ),

    -- what the invoice itself says counts from the day it was closed
    joined as (
        select
            tried.*,
            invoices.subscription_id,
            invoices.total as invoice_amount,
            invoices.currency as invoice_currency,
            coalesce(invoices.customer_id, tried.customer_id) as source_customer_id,
            failures.attempted_at as first_failed_at,
            failures.attempted_at_local as first_failed_at_local,
            failures.failure_code,
            failures.decline_type,
            payments.attempted_at as paid_at,
            payments.attempted_at_local as paid_at_local,
            payments.trigger as paid_by,
            invoices.closed_at,
            invoices.closed_at_local,
            case
                when failures.invoice_id is null
                then 'not_failed'
                when payments.invoice_id is not null
                then 'recovered'
                when coalesce(invoices.closed_at_local >= {{ as_of() }}, false)
                then 'in_progress'
                when invoices.status = 'paid'
                then 'recovered'
                when invoices.status = 'uncollectible'
                then 'lost'
                when invoices.status = 'void'
                then 'voided'
                else 'in_progress'
            end as outcome
        from tried
        left join invoices on tried.invoice_id = invoices.invoice_id
        left join failures on tried.invoice_id = failures.invoice_id
        left join payments on tried.invoice_id = payments.invoice_id
    ),

    final as (
        select
            cast(joined.invoice_id as varchar) as invoice_id,
            cast(
                coalesce(resolution.customer_id, joined.source_customer_id) as varchar
            ) as customer_id,
            cast(subscription_id as varchar) as subscription_id,
            cast(
                coalesce(invoice_currency, currency, 'unknown') as varchar
            ) as currency,
            {{ money("coalesce(invoice_amount, amount, 0)") }} as amount,
            cast(attempts as bigint) as attempts,
            cast(failed_attempts as bigint) as failed_attempts,
            {{ period_start("month", "first_attempted_at_local") }} as attempt_month,
            cast(first_failed_at as timestamp) as first_failed_at,
            cast(first_failed_at_local as date) as first_failed_date,
            {{ period_start("month", "first_failed_at_local") }} as dunning_month,
            cast(failure_code as varchar) as failure_code,
            cast(decline_type as varchar) as decline_type,
            cast(outcome as varchar) as outcome,
            cast(
                case
                    when outcome = 'recovered'
                    then greatest(coalesce(paid_at, closed_at), first_failed_at)
                end as timestamp
            ) as recovered_at,
            cast(
                case
                    when outcome = 'recovered'
                    then
                        greatest(
                            coalesce(paid_at_local, closed_at_local),
                            first_failed_at_local
                        )
                end as date
            ) as recovered_date,
            cast(
                case
                    when outcome <> 'recovered'
                    then null
                    when paid_at is null or paid_by = 'manual'
                    then 'manual'
                    when paid_by = 'card_update'
                    then 'card_update'
                    else 'retry'
                end as varchar
            ) as recovered_by,
            case
                when outcome = 'recovered'
                then
                    greatest(
                        epoch(coalesce(paid_at, closed_at)) - epoch(first_failed_at), 0
                    )
                    / 86400.0
            end as days_to_recover
        from joined
        left join
            resolution on joined.source_customer_id = resolution.source_customer_id
        left join
            customers
            on coalesce(resolution.customer_id, joined.source_customer_id)
            = customers.customer_id
        where not coalesce(is_test, false) and not coalesce(is_internal, false)
    )

select *
from final
