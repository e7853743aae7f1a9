-- Canonical customers that do not stand for themselves: resolving twice must change
-- nothing.
with
    resolution as (
        select *
        from {{ ref("int_customer_resolution") }}
        where resolution_rule <> 'erased'
    )

select resolution.source_customer_id, resolution.customer_id, again.customer_id as again
from resolution
left join
    {{ ref("int_customer_resolution") }} as again
    on resolution.customer_id = again.source_customer_id
where resolution.customer_id is distinct from again.customer_id
