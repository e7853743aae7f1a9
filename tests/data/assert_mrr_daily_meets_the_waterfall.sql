-- Months and currencies whose MRR of the last day is not the closing MRR.
with
    daily as (
        select *, {{ period_start("month", "date") }} as month
        from {{ ref("mrr_daily") }}
        qualify
            row_number() over (
                partition by {{ period_start("month", "date") }}, currency
                order by date desc
            )
            = 1
    ),

    waterfall as (select * from {{ ref("mrr_waterfall") }} where view = 'native')
select
    waterfall.month,
    waterfall.currency,
    waterfall.closing_mrr,
    daily.date,
    daily.closing_mrr as daily_closing_mrr,
    waterfall.paying_customers,
    daily.paying_customers as daily_paying_customers
from waterfall
left join daily on waterfall.month = daily.month and waterfall.currency = daily.currency
where
    waterfall.closing_mrr is distinct from daily.closing_mrr
    or waterfall.paying_customers is distinct from daily.paying_customers
