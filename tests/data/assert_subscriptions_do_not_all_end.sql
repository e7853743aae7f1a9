-- No subscription is open though data reach as_of: the source gave every row an end
-- (the
-- end of its data), and the last month would show them all as churn.
{{ config(severity="warn") }}
select
    count(*) as states,
    max(valid_to) as last_valid_to,
    count(
        distinct case when valid_to is not null then subscription_item_id end
    ) as ended_items
from {{ ref("stg_subscriptions") }}
having count(*) > 0 and count(valid_to) = count(*)
