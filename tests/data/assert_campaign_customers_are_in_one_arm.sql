-- Campaigns with more than one in a hundred people in two arms, by two accounts: they
-- are
-- compared with nobody, and so many may have been told apart by what they did.
{{ config(severity="warn") }}
select
    campaign_id,
    count(*) as customers,
    count(*) filter (where is_conflicting) as conflicting_customers,
    min(case when is_conflicting then customer_id end) as example
from {{ ref("int_campaign_members") }}
group by campaign_id
having 100 * count(*) filter (where is_conflicting) > count(*)
