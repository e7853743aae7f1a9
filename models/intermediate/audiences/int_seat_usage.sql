-- One row is one business account at as_of: seats bought and in use.
with
    accounts as (select * from {{ ref("stg_accounts") }}),

    resolution as (select * from {{ ref("int_customer_resolution") }}),

    members as (
        select *
        from {{ ref("stg_account_users") }}
        where
            coalesce(joined_at_local < {{ as_of() }}, true)
            and (left_at_local is null or left_at_local >= {{ as_of() }})
    ),

    customers as (
        select customer_id, is_test or is_internal as is_out
        from {{ ref("int_customers") }}
    ),

    used as (
        select
            members.account_id,
            count(
                distinct coalesce(resolution.customer_id, members.user_id)
            ) as seats_used
        from members
        left join resolution on members.user_id = resolution.source_customer_id
        left join customers on resolution.customer_id = customers.customer_id
        where not coalesce(customers.is_out, false)
        group by members.account_id
    ),

    final as (
        select
            cast(accounts.account_id as varchar) as account_id,
            cast(accounts.name as varchar) as account_name,
            cast(accounts.seats_purchased as bigint) as seats_purchased,
            cast(coalesce(used.seats_used, 0) as bigint) as seats_used,
            {{ safe_divide("coalesce(used.seats_used, 0)", "accounts.seats_purchased") }}
            as seats_used_share
        from accounts
        left join used on accounts.account_id = used.account_id
    )

select *
from final
