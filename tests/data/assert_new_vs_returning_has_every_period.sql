-- No holes: each period begins where the one before it ends.
with
    periods as (
        select
            period_grain,
            period_start,
            lag(period_end) over (
                partition by period_grain order by period_start nulls last
            ) as previous_period_end,
        from {{ ref("new_vs_returning") }}
    )

select *
from periods
where previous_period_end <> period_start
