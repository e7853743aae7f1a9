-- One row is one identity of one customer as the source knows it; newest load of each
-- key.
with
    source as (select * from {{ canonical("customer_identities") }}),

    newest as (
        select *
        from source
        qualify
            row_number() over (
                partition by identity_type, identity_value, customer_id
                order by
                    _loaded_at desc nulls last,
                    first_seen_at nulls last,
                    source nulls last
            )
            = 1
    ),

    final as (
        select
            cast(identity_type as varchar) as identity_type,
            cast(identity_value as varchar) as identity_value,
            cast(customer_id as varchar) as customer_id,
            cast(first_seen_at as timestamp) as first_seen_at,
            cast(source as varchar) as source,
            cast(
                {{ to_reporting_time('first_seen_at') }} as timestamp
            ) as first_seen_at_local,
            cast(
                case
                    when identity_type in ('email_hash', 'phone_hash')
                    then {{ salted_hash("nullif(lower(trim(identity_value)), '')") }}
                end as varchar
            ) as identity_hash,
            cast(_loaded_at as timestamp) as _loaded_at
        from newest
    )

select *
from final
