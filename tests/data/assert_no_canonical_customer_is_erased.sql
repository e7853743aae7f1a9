-- Erased customers who can still be found under their own id or hashed e-mail.
with
    erased as (
        select customer_id, email_hash
        from {{ ref("stg_customers") }}
        where erased_at is not null
    ),

    customers as (select * from {{ ref("dim_customers") }})

select customers.customer_id, erased.customer_id as erased_customer_id
from customers
inner join
    erased
    on customers.customer_id = erased.customer_id
    or customers.customer_id = 'email_' || erased.email_hash
    or customers.customer_id = 'erased_' || md5(erased.customer_id)
where
    customers.customer_id not like 'erased_%'
    or customers.email_hash is not null
    or customers.phone_hash is not null
