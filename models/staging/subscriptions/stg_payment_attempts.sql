-- One row is one attempt to collect an invoice as the source knows it; newest load of
-- each key.
with
    source as (select * from {{ canonical("payment_attempts") }}),

    newest as (
        select *
        from source
        qualify
            row_number() over (
                partition by attempt_id
                order by
                    _loaded_at desc nulls last,
                    attempted_at desc nulls last,
                    succeeded desc nulls last
            )
            = 1
    ),

    final as (
        select
            cast(attempt_id as varchar) as attempt_id,
            cast(invoice_id as varchar) as invoice_id,
            cast(customer_id as varchar) as customer_id,
            cast(attempt_number as integer) as attempt_number,
            cast(attempted_at as timestamp) as attempted_at,
            cast(amount as decimal(18, 4)) as amount,
            cast(currency as varchar) as currency,
            cast(succeeded as boolean) as succeeded,
            cast(failure_code as varchar) as failure_code,
            cast(decline_type as varchar) as decline_type,
            cast(trigger as varchar) as trigger,
            cast(
                {{ to_reporting_time('attempted_at') }} as timestamp
            ) as attempted_at_local,
            cast(_loaded_at as timestamp) as _loaded_at
        from newest
    )

select *
from final
