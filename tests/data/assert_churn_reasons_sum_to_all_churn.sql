-- The reasons of a month, and the segments of each type, add up to everybody who left.
with
    churned as (
        select month, currency, count(*) as customers, sum(prior_mrr) as mrr
        from {{ ref("fct_mrr_customer_month") }}
        where movement_type = 'churn'
        group by month, currency
    ),

    summed as (
        select
            month,
            currency,
            segment_type,
            end_type = 'all' as is_total,
            sum(churned_customers) as customers,
            sum(churned_mrr) as mrr
        from {{ ref("churn_reasons") }}
        group by month, currency, segment_type, end_type = 'all'
    )

select
    month,
    currency,
    summed.segment_type,
    summed.is_total,
    churned.customers,
    summed.customers as summed_customers,
    churned.mrr,
    summed.mrr as summed_mrr
from churned
full join summed using (month, currency)
where
    churned.customers is distinct from summed.customers
    or churned.mrr is distinct from summed.mrr
