-- One row is one e-mail address or phone number of one account, hashed as one
-- advertising platform wants it: SHA-256 without a salt. Nothing else leaves here.
with
    accounts as (
        select
            customer_id,
            {{ clean_email("email") }} as clean_email,
            {{ e164("phone") }} as clean_phone
        from {{ ref("stg_customers") }}
    ),

    hashed as (
        select
            customer_id,
            'google' as platform,
            'email' as identifier_type,
            sha256(clean_email) as identifier
        from accounts
        union all
        select customer_id, 'meta', 'email', sha256(clean_email)
        from accounts
        union all
        select customer_id, 'google', 'phone', sha256(clean_phone)
        from accounts
        union all
        -- without the plus sign
        select customer_id, 'meta', 'phone', sha256(substr(clean_phone, 2))
        from accounts
    ),

    final as (
        select
            cast(customer_id as varchar) as customer_id,
            cast(platform as varchar) as platform,
            cast(identifier_type as varchar) as identifier_type,
            cast(identifier as varchar) as identifier
        from hashed
        where identifier is not null
    )

select *
from final
