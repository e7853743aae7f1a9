-- Months and currencies whose closing MRR, net change or churn is not the sum over the
-- customers; the largest of the customers that moved say where to look.
with
    customers as (
        select
            month,
            currency,
            sum(mrr) as closing_mrr,
            sum(prior_mrr) as opening_mrr,
            sum(movement_amount) as net_new_mrr,
            sum(case when mrr > 0 then 1 else 0 end) as paying_customers,
            max(
                case when movement_type is not null then customer_id end
            ) as last_moved_customer_id,
            min(
                case when movement_type is not null then customer_id end
            ) as first_moved_customer_id
        from {{ ref("fct_mrr_customer_month") }}
        group by month, currency
    ),

    waterfall as (select * from {{ ref("mrr_waterfall") }} where view = 'native')
select
    coalesce(waterfall.month, customers.month) as month,
    coalesce(waterfall.currency, customers.currency) as currency,
    waterfall.opening_mrr,
    customers.opening_mrr as customers_opening_mrr,
    waterfall.net_new_mrr,
    customers.net_new_mrr as customers_net_new_mrr,
    waterfall.closing_mrr,
    customers.closing_mrr as customers_closing_mrr,
    customers.first_moved_customer_id,
    customers.last_moved_customer_id
from waterfall
full join
    customers
    on waterfall.month = customers.month
    and waterfall.currency = customers.currency
where
    waterfall.closing_mrr is distinct from customers.closing_mrr
    or waterfall.opening_mrr is distinct from customers.opening_mrr
    or waterfall.net_new_mrr is distinct from customers.net_new_mrr
    or waterfall.paying_customers is distinct from customers.paying_customers
