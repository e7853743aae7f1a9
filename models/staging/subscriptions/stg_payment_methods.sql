-- One row is one payment method of one customer as the source knows it; newest load
-- of each key.
with
    source as (select * from {{ canonical("payment_methods") }}),

    newest as (
        select *
        from source
        qualify
            row_number() over (
                partition by payment_method_id
                order by
                    _loaded_at desc nulls last,
                    exp_year desc nulls last,
                    exp_month desc nulls last
            )
            = 1
    ),

    final as (
        select
            cast(payment_method_id as varchar) as payment_method_id,
            cast(customer_id as varchar) as customer_id,
            cast(exp_year as integer) as exp_year,
            cast(exp_month as integer) as exp_month,
            cast(is_default as boolean) as is_default,
            cast(last4 as varchar) as last4,
            cast(_loaded_at as timestamp) as _loaded_at
        from newest
    )

select *
from final
