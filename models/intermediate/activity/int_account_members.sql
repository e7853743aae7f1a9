-- One row is one user of one business account before as_of: since when, until when, and
-- whether it is the account that the user's own doings count for.
with
    account_users as (select * from {{ ref("stg_account_users") }}),

    resolution as (select * from {{ ref("int_customer_resolution") }}),

    customers as (
        select *
        from {{ ref("int_customers") }}
        where not is_test and not is_internal and not is_erased
    ),

    given as (
        select
            account_users.account_id,
            resolution.customer_id,
            account_users.role,
            account_users.joined_date,
            case
                when account_users.left_at_local < {{ as_of() }}
                then account_users.left_date
            end as left_date
        from account_users
        inner join resolution on account_users.user_id = resolution.source_customer_id
        where coalesce(account_users.joined_at_local < {{ as_of() }}, true)
        union all
        select account_id, customer_id, null, null, null
        from customers
        where account_id is not null
    ),

    -- two ids of one person are one seat, for as long as one of them has it
    members as (
        select
            given.account_id,
            given.customer_id,
            min(given.role) as role,
            case
                when count(*) = count(given.joined_date) then min(given.joined_date)
            end as joined_date,
            case
                when count(*) = count(given.left_date) then max(given.left_date)
            end as left_date,
            max(
                case when customers.account_id = given.account_id then 1 else 0 end
            ) as is_own
        from given
        inner join customers on given.customer_id = customers.customer_id
        group by given.account_id, given.customer_id
    ),

    final as (
        select
            cast(account_id as varchar) as account_id,
            cast(customer_id as varchar) as customer_id,
            cast(role as varchar) as role,
            cast(joined_date as date) as joined_date,
            cast(left_date as date) as left_date,
            cast(
                row_number() over (
                    partition by customer_id
                    order by is_own desc, joined_date nulls first, account_id
                )
                = 1 as boolean
            ) as is_primary
        from members
    )

select *
from final
