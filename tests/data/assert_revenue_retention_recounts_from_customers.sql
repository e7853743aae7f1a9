-- Windows 3m and 12m again, customer by customer: who paid then, and what they pay now.
with
    customer_months as (select * from {{ ref("fct_mrr_customer_month") }}),

    windows as (select window_months from (values (3), (12)) as list(window_months)),

    compared as (
        select
            now.month,
            before.currency,
            window_months,
            before.customer_id,
            before.mrr as base_mrr,
            now.mrr,
            now.is_sub
        from customer_months as before
        cross join windows
        inner join
            customer_months as now
            on before.customer_id = now.customer_id
            and before.currency = now.currency
            and {{ add_periods("month", "before.month", "window_months") }} = now.month
        where before.mrr > 0
    ),

    recounted as (
        select
            month,
            currency,
            window_months,
            count(*) as base_customers,
            sum(case when is_sub then 1 else 0 end) as retained_customers,
            sum(base_mrr) as opening_mrr,
            sum(mrr) as remaining_mrr,
            sum(least(mrr, base_mrr)) as retained_mrr,
            min(customer_id) as first_customer,
            max(customer_id) as last_customer
        from compared
        group by month, currency, window_months
    ),

    shown as (
        select *
        from {{ ref("revenue_retention") }}
        where view = 'native' and window_months > 1 and segment_type = 'all'
    )

select
    month,
    currency,
    window_months,
    recounted.first_customer,
    recounted.last_customer,
    recounted.base_customers,
    shown.base_customers as shown_base_customers,
    recounted.opening_mrr,
    shown.opening_mrr as shown_opening_mrr,
    recounted.remaining_mrr,
    shown.remaining_mrr as shown_remaining_mrr,
    recounted.retained_mrr,
    shown.retained_mrr as shown_retained_mrr
from shown
full join recounted using (month, currency, window_months)
where
    coalesce(recounted.base_customers, 0) is distinct from shown.base_customers
    or coalesce(recounted.retained_customers, 0)
    is distinct from shown.retained_customers
    or coalesce(recounted.opening_mrr, 0) is distinct from shown.opening_mrr
    or coalesce(recounted.remaining_mrr, 0) is distinct from shown.remaining_mrr
    or coalesce(recounted.retained_mrr, 0) is distinct from shown.retained_mrr
