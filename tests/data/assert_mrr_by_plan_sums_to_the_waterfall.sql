-- Months and currencies whose plans do not add up to the closing MRR of the waterfall,
-- and a customer of them whose plans do not add up to the customer's MRR.
with
    plans as (
        select month, currency, sum(closing_mrr) as plans_mrr, count(*) as plans
        from {{ ref("mrr_by_plan") }}
        group by month, currency
    ),

    waterfall as (select * from {{ ref("mrr_waterfall") }} where view = 'native'),

    split as (
        select customer_id, currency, month, sum(mrr) as plans_mrr
        from {{ ref("int_mrr_plan_states") }}
        group by customer_id, currency, month
    ),

    wrong as (
        select states.month, states.currency, min(states.customer_id) as customer_id
        from {{ ref("int_mrr_customer_month") }} as states
        left join split using (customer_id, currency, month)
        where states.mrr <> coalesce(split.plans_mrr, 0)
        group by states.month, states.currency
    )
select
    coalesce(waterfall.month, plans.month, wrong.month) as month,
    coalesce(waterfall.currency, plans.currency, wrong.currency) as currency,
    waterfall.closing_mrr,
    plans.plans_mrr,
    plans.plans,
    wrong.customer_id as wrongly_split_customer_id
from waterfall
full join plans on waterfall.month = plans.month and waterfall.currency = plans.currency
full join
    wrong
    on wrong.month = coalesce(waterfall.month, plans.month)
    and wrong.currency = coalesce(waterfall.currency, plans.currency)
where
    coalesce(waterfall.closing_mrr, 0) <> coalesce(plans.plans_mrr, 0)
    or wrong.customer_id is not null
