-- Subscription items that move to another customer or currency: their MRR is churn
-- there
-- and new here, which may be meant (a transfer) or a mistake of the source.
{{ config(severity="warn") }}
select
    subscription_item_id,
    count(distinct customer_id) as customers,
    min(customer_id) as first_customer_id,
    max(customer_id) as last_customer_id,
    min(currency) as first_currency,
    max(currency) as last_currency
from {{ ref("int_subscription_intervals") }}
group by subscription_item_id
having min(customer_id) <> max(customer_id) or min(currency) <> max(currency)
