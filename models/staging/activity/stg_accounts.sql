-- One row is one business account as the source knows it; newest load of each key.
with
    source as (select * from {{ canonical("accounts") }}),

    newest as (
        select *
        from source
        qualify
            row_number() over (
                partition by account_id
                order by
                    _loaded_at desc nulls last,
                    renewal_date desc nulls last,
                    seats_purchased desc nulls last,
                    name nulls last
            )
            = 1
    ),

    final as (
        select
            cast(account_id as varchar) as account_id,
            cast(name as varchar) as name,
            cast(seats_purchased as bigint) as seats_purchased,
            cast(csm_owner as varchar) as csm_owner,
            cast(renewal_date as date) as renewal_date,
            cast(_loaded_at as timestamp) as _loaded_at
        from newest
    )

select *
from final
