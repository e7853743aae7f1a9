-- One row is one canonical customer known before as_of. No names, e-mails or phone
-- numbers.
with
    resolution as (select * from {{ ref("int_customer_resolution") }}),

    sources as (select * from {{ ref("int_customer_sources") }}),

    accounts as (
        select * from {{ ref("stg_customers") }} where created_at_local < {{ as_of() }}
    ),

    members as (
        select
            resolution.customer_id,
            resolution.is_canonical,
            resolution.resolution_rule = 'erased' as is_erased,
            sources.known_since,
            sources.known_since_date,
            sources.email_hash,
            sources.phone_hash,
            accounts.country,
            accounts.city,
            accounts.language,
            accounts.account_id,
            accounts.acquisition_channel,
            accounts.acquisition_source,
            accounts.acquisition_medium,
            accounts.acquisition_campaign,
            coalesce(accounts.is_test, false) as is_test,
            coalesce(accounts.is_internal, false) as is_internal
        from resolution
        inner join sources on resolution.source_customer_id = sources.source_customer_id
        left join accounts on resolution.source_customer_id = accounts.customer_id
    ),

    -- an own value first, else that of a duplicate; the acquisition is never mixed
    combined as (
        select
            customer_id,
            min(known_since) as created_at,
            min(known_since_date) as created_date,
            coalesce(min(country) filter (where is_canonical), min(country)) as country,
            coalesce(min(city) filter (where is_canonical), min(city)) as city,
            coalesce(
                min(language) filter (where is_canonical), min(language)
            ) as language,
            coalesce(
                min(account_id) filter (where is_canonical), min(account_id)
            ) as account_id,
            coalesce(
                min(email_hash) filter (where is_canonical), min(email_hash)
            ) as email_hash,
            coalesce(
                min(phone_hash) filter (where is_canonical), min(phone_hash)
            ) as phone_hash,
            min(acquisition_channel) filter (where is_canonical) as acquisition_channel,
            min(acquisition_source) filter (where is_canonical) as acquisition_source,
            min(acquisition_medium) filter (where is_canonical) as acquisition_medium,
            min(acquisition_campaign) filter (
                where is_canonical
            ) as acquisition_campaign,
            max(case when is_test then 1 else 0 end) = 1 as is_test,
            max(case when is_internal then 1 else 0 end) = 1 as is_internal,
            max(case when is_erased then 1 else 0 end) = 1 as is_erased,
            case
                when max(case when is_erased then 1 else 0 end) = 1 then 1 else count(*)
            end as source_customers
        from members
        group by customer_id
    ),

    final as (
        select
            cast(customer_id as varchar) as customer_id,
            cast(created_at as timestamp) as created_at,
            cast(created_date as date) as created_date,
            cast(case when not is_erased then country end as varchar) as country,
            cast(case when not is_erased then city end as varchar) as city,
            cast(language as varchar) as language,
            cast(case when not is_erased then account_id end as varchar) as account_id,
            cast(acquisition_channel as varchar) as acquisition_channel,
            cast(acquisition_source as varchar) as acquisition_source,
            cast(acquisition_medium as varchar) as acquisition_medium,
            cast(acquisition_campaign as varchar) as acquisition_campaign,
            cast(case when not is_erased then email_hash end as varchar) as email_hash,
            cast(case when not is_erased then phone_hash end as varchar) as phone_hash,
            cast(is_test as boolean) as is_test,
            cast(is_internal as boolean) as is_internal,
            cast(source_customers as bigint) as source_customers,
            cast(is_erased as boolean) as is_erased
        from combined
    )

select *
from final
