-- One row is one user of one business account as the source knows it; newest load of
-- each key.
with
    source as (select * from {{ canonical("account_users") }}),

    newest as (
        select *
        from source
        qualify
            row_number() over (
                partition by account_id, user_id
                order by
                    _loaded_at desc nulls last,
                    joined_at desc nulls last,
                    left_at desc nulls first,
                    role nulls last
            )
            = 1
    ),

    final as (
        select
            cast(account_id as varchar) as account_id,
            cast(user_id as varchar) as user_id,
            cast(role as varchar) as role,
            cast(joined_at as timestamp) as joined_at,
            cast(left_at as timestamp) as left_at,
            cast({{ to_reporting_time('joined_at') }} as timestamp) as joined_at_local,
            cast({{ to_reporting_time('joined_at') }} as date) as joined_date,
            cast({{ to_reporting_time('left_at') }} as timestamp) as left_at_local,
            cast({{ to_reporting_time('left_at') }} as date) as left_date,
            cast(_loaded_at as timestamp) as _loaded_at
        from newest
    )

select *
from final
