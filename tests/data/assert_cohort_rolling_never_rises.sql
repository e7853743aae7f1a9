-- Who is active in period k or later was active in period k - 1 or later:
-- retained_rolling never rises with k.
with
    cells as (select * from {{ ref("cohort_retention") }}),

    compared as (
        select
            entity,
            cohort_grain,
            cohort_start,
            dimension,
            value,
            period_number,
            retained_rolling,
            lag(retained_rolling) over (
                partition by entity, cohort_grain, cohort_start, dimension, value
                order by period_number
            ) as retained_before
        from cells
    )

select *
from compared
where retained_rolling > retained_before
