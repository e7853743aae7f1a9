-- One row is one customer id and one thing that at least two customer ids share:
-- a merge decided by the shop, a hashed e-mail or a hashed phone number. Never a name.
with
    customers as (select * from {{ ref("int_customer_sources") }} where not is_erased),

    -- accounts nobody knows yet: no merge into one of them was decided before as_of
    later_accounts as (
        select customer_id
        from {{ ref("stg_customers") }}
        where created_at_local >= {{ as_of() }}
    ),

    -- an undated identity is as old as its account
    identities as (
        select identities.*
        from {{ ref("stg_customer_identities") }} as identities
        left join later_accounts on identities.customer_id = later_accounts.customer_id
        where
            identities.identity_hash is not null
            and coalesce(
                identities.first_seen_at_local < {{ as_of() }},
                later_accounts.customer_id is null
            )
    ),

    merges as (
        select
            merged.source_customer_id as merged_customer_id,
            target.source_customer_id as target_customer_id
        from customers as merged
        inner join
            customers as target
            on merged.merged_into_customer_id = target.source_customer_id
        left join
            later_accounts on target.source_customer_id = later_accounts.customer_id
        where
            merged.source_customer_id <> target.source_customer_id
            and later_accounts.customer_id is null
    ),

    links as (
        select
            'merge' as link_type,
            target_customer_id as link_value,
            merged_customer_id as source_customer_id
        from merges
        union
        select 'merge', target_customer_id, target_customer_id
        from merges
        union
        select 'email_hash', email_hash, source_customer_id
        from customers
        where email_hash is not null
        union
        select 'phone_hash', phone_hash, source_customer_id
        from customers
        where phone_hash is not null
        union
        select
            identities.identity_type,
            identities.identity_hash,
            customers.source_customer_id
        from identities
        inner join customers on identities.customer_id = customers.source_customer_id
    ),

    shared as (
        select link_type, link_value, count(*) as customers
        from links
        group by link_type, link_value
        having count(*) > 1
    ),

    final as (
        select
            cast(links.link_type as varchar) as link_type,
            cast(links.link_value as varchar) as link_value,
            cast(links.source_customer_id as varchar) as source_customer_id,
            cast(shared.customers as bigint) as customers
        from links
        inner join
            shared
            on links.link_type = shared.link_type
            and links.link_value = shared.link_value
    )

select *
from final
