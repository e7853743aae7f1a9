-- One invoice and its attempts to collect it: how many, the first that failed and
-- what paid.
with
    attempts as (
        select *
        from {{ ref("stg_payment_attempts") }}
        where attempted_at_local < {{ as_of() }}
    ),
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

    final as (
        select
            cast(tried.invoice_id as varchar) as invoice_id,
            cast(tried.customer_id as varchar) as source_customer_id,
            cast(tried.currency as varchar) as currency,
            {{ money("tried.amount") }} as amount,
            cast(tried.attempts as bigint) as attempts,
            cast(tried.failed_attempts as bigint) as failed_attempts,
            cast(
                tried.first_attempted_at_local as timestamp
            ) as first_attempted_at_local,
            cast(failures.attempted_at as timestamp) as first_failed_at,
            cast(failures.attempted_at_local as timestamp) as first_failed_at_local,
            cast(failures.failure_code as varchar) as failure_code,
            cast(failures.decline_type as varchar) as decline_type,
            cast(payments.attempted_at as timestamp) as paid_at,
            cast(payments.attempted_at_local as timestamp) as paid_at_local,
            cast(
                case
                    when payments.invoice_id is null
                    then null
                    when payments.trigger in ('manual', 'card_update')
                    then payments.trigger
                    else 'retry'
                end as varchar
            ) as paid_by
        from tried
        left join failures on tried.invoice_id = failures.invoice_id
        left join payments on tried.invoice_id = payments.invoice_id
    )

select *
from final
