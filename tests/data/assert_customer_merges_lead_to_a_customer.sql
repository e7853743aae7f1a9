-- Customers merged into an id that is in no table: the merge cannot be followed.
{{ config(severity="warn") }}
select customers.customer_id, customers.merged_into_customer_id
from {{ ref("stg_customers") }} as customers
left join
    {{ ref("stg_customers") }} as targets
    on customers.merged_into_customer_id = targets.customer_id
where
    customers.merged_into_customer_id is not null
    and targets.customer_id is null
    and customers.erased_at is null
    and customers.created_at_local < {{ as_of() }}
