-- Customers at the end of a month are those who subscribe in any currency then.
with
    people as (
        select month, customer_id, max(case when is_sub then 1 else 0 end) as is_sub
        from {{ ref("fct_mrr_customer_month") }}
        group by month, customer_id
    ),

    counted as (
        select
            month,
            sum(is_sub) as subscribers,
            min(case when is_sub = 1 then customer_id end) as first_subscriber,
            max(case when is_sub = 1 then customer_id end) as last_subscriber
        from people
        group by month
    ),

    shown as (
        select month, closing_customers
        from {{ ref("logo_churn") }}
        where segment_type = 'all' and basis = 'subscriptions'
    )

select
    month,
    counted.subscribers,
    shown.closing_customers,
    counted.first_subscriber,
    counted.last_subscriber
from counted
full join shown using (month)
where counted.subscribers is distinct from shown.closing_customers
