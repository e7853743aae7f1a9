-- Sums whose difference is not what the customers of metric_policy_diff_customers add
-- up to: exact; in the reporting view each customer is rounded.
with
    customers as (
        select
            metric,
            month,
            view,
            currency,
            sum(contribution) as contribution,
            count(*) as customers,
            min(customer_id) as first_customer_id,
            max(customer_id) as last_customer_id
        from {{ ref("metric_policy_diff_customers") }}
        group by metric, month, view, currency
    ),

    sums as (
        select *
        from {{ ref("metric_policy_diff") }}
        where numerator_metric is null and delta is not null
    )

select
    metric,
    month,
    view,
    currency,
    sums.delta,
    customers.contribution,
    sums.customers_causing,
    customers.customers,
    customers.first_customer_id,
    customers.last_customer_id
from sums
full join customers using (metric, month, view, currency)
where
    sums.delta is null
    or sums.customers_causing <> coalesce(customers.customers, 0)
    or abs(sums.delta - coalesce(customers.contribution, 0))
    > case when view = 'reporting' then 0.0001 * (1 + customers_causing) else 0 end
