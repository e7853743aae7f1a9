-- One row is one decision of one customer about one purpose as the source knows it;
-- newest load of each key. Of two at one instant the withdrawal holds.
with
    source as (select * from {{ canonical("consent") }}),

    newest as (
        select *
        from source
        qualify
            row_number() over (
                partition by customer_id, purpose, occurred_at
                order by
                    _loaded_at desc nulls last,
                    status desc,
                    legal_basis nulls last,
                    source nulls last
            )
            = 1
    ),

    final as (
        select
            cast(customer_id as varchar) as customer_id,
            cast(purpose as varchar) as purpose,
            cast(status as varchar) as status,
            cast(occurred_at as timestamp) as occurred_at,
            cast(legal_basis as varchar) as legal_basis,
            cast(source as varchar) as source,
            cast(
                {{ to_reporting_time('occurred_at') }} as timestamp
            ) as occurred_at_local,
            cast({{ to_reporting_time('occurred_at') }} as date) as occurred_date,
            cast(_loaded_at as timestamp) as _loaded_at
        from newest
    )

select *
from final
