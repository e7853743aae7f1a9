-- Customers who are in one segment, or in two lifecycle stages, RFM segments or states
-- of subscription, at the same time.
with
    spells as (
        select
            segment_type,
            customer_id,
            segment,
            entered_date,
            left_date,
            lag(segment) over (
                partition by segment_type, customer_id order by entered_date
            ) as prior_segment,
            lag(coalesce(left_date, {{ far_date() }})) over (
                partition by segment_type, customer_id order by entered_date
            ) as prior_left_date
        from {{ ref("segment_members") }}
    )

select *
from spells
where prior_left_date > entered_date
