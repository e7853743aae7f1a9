-- One row is one tier of one member as the source knows it; newest load of each key.
with
    source as (select * from {{ canonical("loyalty_tiers") }}),

    newest as (
        select *
        from source
        qualify
            row_number() over (
                partition by customer_id, valid_from
                order by
                    _loaded_at desc nulls last, valid_to desc nulls first, tier desc
            )
            = 1
    ),

    final as (
        select
            cast(customer_id as varchar) as customer_id,
            cast(tier as varchar) as tier,
            cast(valid_from as timestamp) as valid_from,
            cast(valid_to as timestamp) as valid_to,
            cast(
                {{ to_reporting_time('valid_from') }} as timestamp
            ) as valid_from_local,
            cast({{ to_reporting_time('valid_to') }} as timestamp) as valid_to_local,
            cast({{ to_reporting_time('valid_from') }} as date) as valid_from_date,
            cast(_loaded_at as timestamp) as _loaded_at
        from newest
    )

select *
from final
