-- Customers who are new in a currency more or less often than once though every return
-- is a reactivation (reactivation_window_days null).
select
    customer_id,
    currency,
    sum(case when movement_type = 'new' then 1 else 0 end) as times_new,
    max(case when is_sub then 1 else 0 end) as ever_subscribed
from {{ ref("fct_mrr_customer_month") }}
where '{{ policy("reactivation_window_days") }}' = 'ever'
group by customer_id, currency
having
    sum(case when movement_type = 'new' then 1 else 0 end)
    <> max(case when is_sub then 1 else 0 end)
