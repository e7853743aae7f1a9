-- One row is one business account that the accounts table, its users or their events
-- know.
with
    accounts as (select * from {{ ref("stg_accounts") }}),

    known as (
        select account_id
        from accounts
        union
        select account_id
        from {{ ref("int_account_members") }}
        union
        select account_id
        from {{ ref("int_account_days") }}
    ),

    final as (
        select
            cast(known.account_id as varchar) as account_id,
            cast(accounts.name as varchar) as name,
            cast(accounts.seats_purchased as bigint) as seats_purchased,
            cast(accounts.csm_owner as varchar) as csm_owner,
            cast(accounts.renewal_date as date) as renewal_date
        from known
        left join accounts on known.account_id = accounts.account_id
    )

select *
from final
