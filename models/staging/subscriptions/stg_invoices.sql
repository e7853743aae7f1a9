-- One row is one invoice as the source knows it; newest load of each key.
with
    source as (select * from {{ canonical("invoices") }}),

    newest as (
        select *
        from source
        qualify
            row_number() over (
                partition by invoice_id
                order by
                    _loaded_at desc nulls last,
                    closed_at desc nulls last,
                    status desc nulls last
            )
            = 1
    ),

    final as (
        select
            cast(invoice_id as varchar) as invoice_id,
            cast(customer_id as varchar) as customer_id,
            cast(subscription_id as varchar) as subscription_id,
            cast(issued_at as timestamp) as issued_at,
            cast(due_at as timestamp) as due_at,
            cast(period_start as timestamp) as period_start,
            cast(period_end as timestamp) as period_end,
            cast(currency as varchar) as currency,
            cast(subtotal as decimal(18, 4)) as subtotal,
            cast(discount as decimal(18, 4)) as discount,
            cast(tax as decimal(18, 4)) as tax,
            cast(total as decimal(18, 4)) as total,
            cast(amount_paid as decimal(18, 4)) as amount_paid,
            cast(status as varchar) as status,
            cast(billing_reason as varchar) as billing_reason,
            cast(closed_at as timestamp) as closed_at,
            cast({{ to_reporting_time('issued_at') }} as timestamp) as issued_at_local,
            cast({{ to_reporting_time('closed_at') }} as timestamp) as closed_at_local,
            cast(_loaded_at as timestamp) as _loaded_at
        from newest
    )

select *
from final
