-- A cohort has every period from 0 to the month of as_of, and the same members in each.
select
    view,
    currency,
    cohort_month,
    count(*) as periods,
    max(period_number) as last_period,
    min(cohort_size) as smallest_size,
    max(cohort_size) as largest_size
from {{ ref("mrr_cohorts") }}
group by view, currency, cohort_month
having
    count(*) <> max(period_number) + 1
    or min(period_number) <> 0
    or min(cohort_size) <> max(cohort_size)
    or max(period_number) <> max(
        {{ months_between("cohort_month", "(" ~ as_of() ~ " - interval 1 microsecond)") }}
    )
