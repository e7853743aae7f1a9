-- Customers whose chain of merges comes back to themselves.
with recursive
    merges as (
        select customer_id, merged_into_customer_id
        from {{ ref("stg_customers") }}
        where merged_into_customer_id is not null
    ),

    chains as (
        select customer_id, merged_into_customer_id as reached, 1 as steps
        from merges
        union all
        select chains.customer_id, merges.merged_into_customer_id, chains.steps + 1
        from chains
        inner join merges on chains.reached = merges.customer_id
        where chains.steps < 20 and chains.customer_id <> chains.reached
    )

select customer_id, steps
from chains
where customer_id = reached
