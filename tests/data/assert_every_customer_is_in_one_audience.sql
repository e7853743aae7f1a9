-- Customers (test and internal ones aside) who are in no audience or in several, and
-- rows
-- of people who are no customers.
with
    customers as (
        select customer_id
        from {{ ref("int_customers") }}
        where not is_test and not is_internal
    ),

    held as (
        select customer_id, count(*) as audiences, min(audience) as audience
        from {{ ref("lifecycle_audiences") }}
        group by customer_id
    )

select
    coalesce(customers.customer_id, held.customer_id) as customer_id,
    held.audiences,
    held.audience
from customers
full join held on customers.customer_id = held.customer_id
where customers.customer_id is null or held.audiences is distinct from 1
