-- Erased customers who can still be found under their own id, under that of somebody
-- they are one person with, or by a hashed e-mail or phone number.
with
    gone as (
        select source_customer_id
        from {{ ref("int_customer_resolution") }}
        where resolution_rule = 'erased'
        union
        select source_customer_id
        from {{ ref("int_erased_customers") }}
        union
        select 'email_' || accounts.email_hash
        from {{ ref("stg_customers") }} as accounts
        inner join
            {{ ref("int_erased_customers") }} as erased
            on accounts.customer_id = erased.source_customer_id
        where accounts.email_hash is not null
    ),

    customers as (select * from {{ ref("dim_customers") }})

select customers.customer_id, customers.is_erased
from customers
inner join gone on customers.customer_id = gone.source_customer_id
where left(customers.customer_id, 7) <> 'erased_'
union all
select customer_id, is_erased
from customers
where
    is_erased
    and (
        left(customer_id, 7) <> 'erased_'
        or email_hash is not null
        or phone_hash is not null
        or country is not null
        or city is not null
        or account_id is not null
    )
