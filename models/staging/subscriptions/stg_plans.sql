-- One row is one plan (price, product tier) as the source knows it; newest load of
-- each key.
with
    source as (select * from {{ canonical("plans") }}),

    newest as (
        select *
        from source
        qualify
            row_number() over (
                partition by plan_id
                order by
                    _loaded_at desc nulls last,
                    unit_amount desc nulls last,
                    name desc nulls last
            )
            = 1
    ),

    final as (
        select
            cast(plan_id as varchar) as plan_id,
            cast(product_id as varchar) as product_id,
            cast(name as varchar) as name,
            cast(tier_rank as integer) as tier_rank,
            cast(interval_unit as varchar) as interval_unit,
            cast(interval_count as integer) as interval_count,
            cast(unit_amount as decimal(18, 4)) as unit_amount,
            cast(currency as varchar) as currency,
            cast(is_metered as boolean) as is_metered,
            cast(is_free as boolean) as is_free,
            cast(_loaded_at as timestamp) as _loaded_at
        from newest
    )

select *
from final
