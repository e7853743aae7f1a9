-- Month ends whose spot rate was carried forward for more than var fx_max_gap_days.
select month, currency, rate_date, age_days
from {{ ref("int_mrr_rates") }}
where
    '{{ policy("fx_policy") }}' = 'spot' and age_days > {{ var("fx_max_gap_days", 7) }}
