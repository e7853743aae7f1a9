-- One invoice that somebody tried to collect: what failed, and what came of it.
with
    tried as (select * from {{ ref("int_invoice_attempts") }}),

    invoices as (select * from {{ ref("stg_invoices") }}),

    resolution as (select * from {{ ref("int_customer_resolution") }}),

    customers as (select * from {{ ref("int_customers") }}),

    -- what the invoice itself says counts from the day it was closed
    joined as (
        select
            tried.*,
            invoices.subscription_id,
            invoices.total as invoice_amount,
            invoices.currency as invoice_currency,
            coalesce(
                invoices.customer_id, tried.source_customer_id
            ) as billed_customer_id,
            invoices.closed_at,
            invoices.closed_at_local,
            case
                when tried.first_failed_at is null
                then 'not_failed'
                when tried.paid_at is not null
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
    ),

    timed as (
        select
            *,
            case
                when outcome = 'recovered'
                then greatest(coalesce(paid_at, closed_at), first_failed_at)
            end as recovered_at,
            case
                when outcome = 'recovered'
                then
                    greatest(
                        coalesce(paid_at_local, closed_at_local), first_failed_at_local
                    )
            end as recovered_at_local
        from joined
    ),

    final as (
        select
            cast(timed.invoice_id as varchar) as invoice_id,
            cast(
                coalesce(resolution.customer_id, timed.billed_customer_id) as varchar
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
            cast(recovered_at as timestamp) as recovered_at,
            cast(recovered_at_local as date) as recovered_date,
            cast(
                case
                    when outcome = 'recovered' then coalesce(paid_by, 'manual')
                end as varchar
            ) as recovered_by,
            (epoch(recovered_at) - epoch(first_failed_at)) / 86400.0 as days_to_recover
        from timed
        left join resolution on timed.billed_customer_id = resolution.source_customer_id
        left join
            customers
            on coalesce(resolution.customer_id, timed.billed_customer_id)
            = customers.customer_id
        where not coalesce(is_test, false) and not coalesce(is_internal, false)
    )

select *
from final
