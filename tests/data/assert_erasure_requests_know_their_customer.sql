-- Completed erasure requests that name nobody: a misspelt id, or that of a guest under
-- an earlier salt.
{{ config(severity="warn") }}
select requests.request_id
from {{ ref("stg_erasure_requests") }} as requests
left join
    {{ ref("int_customer_resolution") }} as resolution
    on requests.customer_id = resolution.source_customer_id
left join
    {{ ref("stg_customers") }} as accounts
    on requests.customer_id = accounts.customer_id
where
    requests.completed_at is not null
    and left(requests.customer_id, 7) <> 'erased_'
    and resolution.source_customer_id is null
    and accounts.customer_id is null
