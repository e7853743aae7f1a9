-- One row is one product as the source knows it; newest load of each key.
with
    source as (select * from {{ canonical("products") }}),

    newest as (
        select *
        from source
        qualify
            row_number() over (
                partition by product_id
                order by
                    _loaded_at desc nulls last, name nulls last, category nulls last
            )
            = 1
    ),

    final as (
        select
            cast(product_id as varchar) as product_id,
            cast(name as varchar) as name,
            cast(category as varchar) as category,
            cast(brand as varchar) as brand,
            cast(unit_cost as decimal(18, 4)) as unit_cost,
            cast(replenishment_days as integer) as replenishment_days,
            cast(is_merchandise as boolean) as is_merchandise,
            cast(_loaded_at as timestamp) as _loaded_at
        from newest
    )

select *
from final
