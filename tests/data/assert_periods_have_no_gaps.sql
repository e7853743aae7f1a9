-- Periods that do not begin where the one before ended.
with
    periods as (
        select
            grain,
            period_start,
            lag(period_end) over (
                partition by grain order by period_start
            ) as end_before
        from {{ ref("util_periods") }}
    )

select grain, period_start, end_before
from periods
where end_before is not null and end_before <> period_start
