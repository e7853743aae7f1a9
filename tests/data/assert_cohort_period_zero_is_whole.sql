-- When the first order is the start, every cohort has a period 0 in which all its
-- customers are active.
-- (With signup as the start it need not be: a customer may sign up and never order.)
with
    cells as (select * from {{ ref("cohort_retention") }}),

    zeros as (
        select
            cohort_grain,
            cohort_start,
            dimension,
            value,
            max(cohort_size) as cohort_size,
            max(retained_n_period) filter (where period_number = 0) as retained_at_zero
        from cells
        group by cohort_grain, cohort_start, dimension, value
    )

select *
from zeros
where
    '{{ policy("cohort_anchor") }}' = 'first_order'
    and retained_at_zero is distinct from cohort_size
