-- No subscription is open though data reach as_of: the source gave every row an end
-- (the
-- end of its data), and the last months would show them all as churn.
{{ config(severity="warn") }}
select
    count(*) as states,
    count(distinct subscription_item_id) as ended_items,
    max(valid_to) as last_valid_to
from {{ ref("stg_subscriptions") }}
where status <> 'ended'
having count(*) > 0 and count(valid_to) = count(*)
