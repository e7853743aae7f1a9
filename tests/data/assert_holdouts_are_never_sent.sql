-- Members of a holdout that were sent the campaign: its effect is understated, and
-- campaign_performance says holdout_contacted.
{{ config(severity="warn") }}
select campaign_id, customer_id, assigned_at, sent_at
from {{ ref("int_campaign_members") }}
where is_holdout and not is_conflicting and sent_at is not null
