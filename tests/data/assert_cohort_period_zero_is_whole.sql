-- When the first order (or event) is the start and the same thing is waited for, every
-- cohort has a period 0 in which all its customers are active.
-- (With signup as the start it need not be: a customer may sign up and never order.)
with
    cells as (select * from {{ ref("cohort_retention") }}),

    zeros as (
        select
            entity,
            cohort_grain,
            cohort_start,
            dimension,
            value,
            max(cohort_size) as cohort_size,
            max(retained_n_period) filter (where period_number = 0) as retained_at_zero
        from cells
        group by entity, cohort_grain, cohort_start, dimension, value
    )

select *
from zeros
where
    case
        entity
        when 'order'
        then '{{ policy("cohort_anchor") }}' = 'first_order'
        else '{{ var("start_event") }}' = '{{ var("return_event") }}'
    end
    and retained_at_zero is distinct from cohort_size
