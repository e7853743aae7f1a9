-- One row is one entry of the loyalty ledger as the source knows it; newest load of
-- each key.
with
    source as (select * from {{ canonical("loyalty_ledger") }}),

    newest as (
        select *
        from source
        qualify
            row_number() over (
                partition by ledger_id
                order by
                    _loaded_at desc nulls last,
                    occurred_at desc nulls last,
                    points desc nulls last
            )
            = 1
    ),

    final as (
        select
            cast(ledger_id as varchar) as ledger_id,
            cast(customer_id as varchar) as customer_id,
            cast(occurred_at as timestamp) as occurred_at,
            cast(entry_type as varchar) as entry_type,
            cast(points as decimal(18, 4)) as points,
            cast(order_id as varchar) as order_id,
            cast(monetary_value as decimal(18, 4)) as monetary_value,
            cast(
                {{ to_reporting_time('occurred_at') }} as timestamp
            ) as occurred_at_local,
            cast({{ to_reporting_time('occurred_at') }} as date) as occurred_date,
            cast(_loaded_at as timestamp) as _loaded_at
        from newest
    )

select *
from final
