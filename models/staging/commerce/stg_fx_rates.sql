-- One row is one rate of one currency pair on one day as the source knows it; newest
-- load of each key.
with
    source as (select * from {{ canonical("fx_rates") }}),

    newest as (
        select *
        from source
        qualify
            row_number() over (
                partition by rate_date, from_currency, to_currency
                order by _loaded_at desc nulls last, rate desc
            )
            = 1
    ),

    final as (
        select
            cast(rate_date as date) as rate_date,
            cast(from_currency as varchar) as from_currency,
            cast(to_currency as varchar) as to_currency,
            cast(rate as decimal(18, 8)) as rate,
            cast(_loaded_at as timestamp) as _loaded_at
        from newest
    )

select *
from final
