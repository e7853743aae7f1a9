-- One row is one thing that one customer told of themselves at one time as the source
-- knows it; newest load of each key.
with
    source as (select * from {{ canonical("preferences") }}),

    newest as (
        select *
        from source
        qualify
            row_number() over (
                partition by customer_id, key, collected_at
                order by _loaded_at desc nulls last, value, source nulls last
            )
            = 1
    ),

    final as (
        select
            cast(customer_id as varchar) as customer_id,
            cast(key as varchar) as preference_key,
            cast(value as varchar) as preference_value,
            cast(collected_at as timestamp) as collected_at,
            cast(source as varchar) as source,
            cast(
                {{ to_reporting_time('collected_at') }} as timestamp
            ) as collected_at_local,
            cast({{ to_reporting_time('collected_at') }} as date) as collected_date,
            cast(_loaded_at as timestamp) as _loaded_at
        from newest
    )

select *
from final
