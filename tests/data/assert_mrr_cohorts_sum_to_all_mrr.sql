-- The cohorts of a month add up to all MRR of the month, in both views to the last
-- cent.
with
    customer_months as (select * from {{ ref("fct_mrr_customer_month") }}),

    whole as (
        select 'native' as view, month, currency, sum(mrr) as mrr
        from customer_months
        group by month, currency
        union all
        select 'reporting', month, reporting_currency, sum(mrr_reporting)
        from customer_months
        where mrr_reporting is not null and reporting_currency is not null
        group by month, reporting_currency
    ),

    cohorts as (
        select view, month, currency, sum(mrr) as mrr
        from {{ ref("mrr_cohorts") }}
        group by view, month, currency
    )

select view, month, currency, whole.mrr, cohorts.mrr as cohorts_mrr
from whole
full join cohorts using (view, month, currency)
where coalesce(whole.mrr, 0) <> coalesce(cohorts.mrr, 0)
