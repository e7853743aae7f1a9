-- A survival curve never rises, and nobody comes back into the number at risk.
with
    steps as (
        select
            segment_type,
            segment,
            order_number,
            t_days,
            at_risk,
            events,
            survival,
            lag(survival, 1, 1) over (
                partition by segment_type, segment, order_number
                order by t_days nulls last
            ) as survival_before,
            lag(at_risk - events) over (
                partition by segment_type, segment, order_number
                order by t_days nulls last
            ) as left_before,
        from {{ ref("int_repeat_survival") }}
    )

select *
from steps
where survival > survival_before or at_risk > left_before
