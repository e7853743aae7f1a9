-- A month opens with the customers the month before closed with, and no month is
-- missing.
with
    months as (
        select
            segment_type,
            segment,
            month,
            opening_customers,
            lag(month) over (
                partition by segment_type, segment order by month nulls last
            ) as previous_month,
            lag(closing_customers, 1, 0) over (
                partition by segment_type, segment order by month nulls last
            ) as previous_closing_customers
        from {{ ref("logo_churn") }}
    )

select *
from months
where
    opening_customers <> previous_closing_customers
    or {{ months_between("previous_month", "month") }} <> 1
