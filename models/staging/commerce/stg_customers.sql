-- One row is one customer account as the source knows it; newest load of each key.
with
    source as (select * from {{ canonical("customers") }}),

    newest as (
        select *
        from source
        qualify
            row_number() over (
                partition by customer_id
                order by
                    _loaded_at desc nulls last,
                    created_at desc nulls last,
                    email nulls last
            )
            = 1
    ),

    final as (
        select
            cast(customer_id as varchar) as customer_id,
            cast(created_at as timestamp) as created_at,
            cast(email as varchar) as email,
            cast(phone as varchar) as phone,
            cast(full_name as varchar) as full_name,
            cast(country as varchar) as country,
            cast(city as varchar) as city,
            cast(language as varchar) as language,
            cast(account_id as varchar) as account_id,
            cast(acquisition_channel as varchar) as acquisition_channel,
            cast(acquisition_source as varchar) as acquisition_source,
            cast(acquisition_medium as varchar) as acquisition_medium,
            cast(acquisition_campaign as varchar) as acquisition_campaign,
            cast(is_test as boolean) as is_test,
            cast(is_internal as boolean) as is_internal,
            cast(merged_into_customer_id as varchar) as merged_into_customer_id,
            cast(erased_at as timestamp) as erased_at,
            cast(attributes as varchar) as attributes,
            cast({{ hash_identifier('email') }} as varchar) as email_hash,
            cast({{ hash_identifier('phone') }} as varchar) as phone_hash,
            cast(
                {{ to_reporting_time('created_at') }} as timestamp
            ) as created_at_local,
            cast({{ to_reporting_time('created_at') }} as date) as created_date,
            cast(_loaded_at as timestamp) as _loaded_at
        from newest
    )

select *
from final
