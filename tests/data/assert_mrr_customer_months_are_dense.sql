-- Customers with a gap between their months, or whose months do not reach as_of, or
-- whose
-- prior state is not the state of the month before.
with
    neighbours as (
        select
            customer_id,
            currency,
            month,
            mrr,
            prior_mrr,
            prior_is_sub,
            lag(mrr) over customer_history as mrr_before,
            lag(is_sub) over customer_history as is_sub_before,
            lag(month) over customer_history as month_before,
            lead(month) over customer_history as month_after
        from {{ ref("fct_mrr_customer_month") }}
        window customer_history as (partition by customer_id, currency order by month)
    ),

    bounds as (select max(month) as last_month from {{ ref("int_mrr_months") }})
select neighbours.*, bounds.last_month
from neighbours
cross join bounds
where
    prior_mrr <> coalesce(mrr_before, 0)
    or prior_is_sub <> coalesce(is_sub_before, false)
    or {{ months_between("month_before", "month") }} <> 1
    or (month_after is null and month <> last_month)
