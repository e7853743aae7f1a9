-- Months of MRR in a currency without a rate into the reporting currency.
{% set fx_policy = policy("fx_policy") %}
select
    rates.month,
    rates.currency,
    rates.reporting_currency,
    totals.closing_mrr,
    '{{ fx_policy }}' as fx_policy
from {{ ref("int_mrr_rates") }} as rates
inner join
    {{ ref("int_mrr_month_totals") }} as totals
    on rates.month = totals.month
    and rates.currency = totals.currency
where
    rates.rate is null
    and (totals.closing_mrr > 0 or totals.opening_mrr > 0)
    and '{{ fx_policy }}' <> 'native_only'
