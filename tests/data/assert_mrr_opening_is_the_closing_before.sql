-- Months whose opening MRR is not the closing MRR of the month before.
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
    )
select *
from neighbours
where
    case
        when month_before is null
        then opening_mrr <> 0
        else
            abs(opening_mrr - closing_mrr_before)
            > case when view = 'native' then 0 else 0.005 end
            or {{ months_between("month_before", "month") }} <> 1
    end
