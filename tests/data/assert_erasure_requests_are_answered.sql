-- Erasure requests that have waited for more than 30 days: the law gives one month.
{{ config(severity="warn") }}
select request_id, requested_date
from {{ ref("stg_erasure_requests") }}
where completed_at is null and {{ days_between("requested_date", as_of_date()) }} > 30
