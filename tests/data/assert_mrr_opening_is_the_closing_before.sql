-- Months whose opening MRR is not the closing MRR of the month before, and customers
-- who
-- moved in them.
with
    neighbours as (
        select
            month,
            currency,
            view,
            opening_mrr,
            lag(closing_mrr) over (
                partition by currency, view order by month
            ) as closing_mrr_before,
            lag(month) over (partition by currency, view order by month) as month_before
        from {{ ref("mrr_waterfall") }}
    ),

    movers as (
        select
            month,
            count(*) as moved_customers,
            min(customer_id) as first_mover,
            max(customer_id) as last_mover
        from {{ ref("int_mrr_customer_month") }}
        where movement_type is not null
        group by month
    )
select neighbours.*, moved_customers, first_mover, last_mover
from neighbours
left join movers using (month)
where
    case
        when month_before is null
        then opening_mrr <> 0
        else
            abs(opening_mrr - closing_mrr_before)
            > case when view = 'native' then 0 else 0.005 end
            or {{ months_between("month_before", "month") }} <> 1
    end
