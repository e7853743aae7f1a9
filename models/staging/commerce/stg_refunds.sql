-- One row is one refund or credit as the source knows it; newest load of each key.
with
    source as (select * from {{ canonical("refunds") }}),

    newest as (
        select *
        from source
        qualify
            row_number() over (
                partition by refund_id
                order by
                    _loaded_at desc nulls last,
                    refunded_at desc,
                    amount desc,
                    order_id nulls last
            )
            = 1
    ),

    final as (
        select
            cast(refund_id as varchar) as refund_id,
            cast(order_id as varchar) as order_id,
            cast(invoice_id as varchar) as invoice_id,
            cast(customer_id as varchar) as customer_id,
            cast(refunded_at as timestamp) as refunded_at,
            cast(amount as decimal(18, 4)) as amount,
            cast(tax_amount as decimal(18, 4)) as tax_amount,
            cast(shipping_amount as decimal(18, 4)) as shipping_amount,
            cast(reason as varchar) as reason,
            cast(
                {{ to_reporting_time('refunded_at') }} as timestamp
            ) as refunded_at_local,
            cast({{ to_reporting_time('refunded_at') }} as date) as refund_date,
            cast(_loaded_at as timestamp) as _loaded_at
        from newest
    )

select *
from final
