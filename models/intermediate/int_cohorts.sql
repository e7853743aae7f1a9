-- One cohort and slice of its customers: how many there are, and how far their clocks
-- have run.
with
    activity as (select * from {{ ref("int_cohort_activity") }}),

    final as (
        select
            cohort_grain,
            cohort_start,
            cast({{ cohort_label() }} as varchar) as cohort_label,
            dimension,
            value,
            cast(sum(open_customers) as bigint) as cohort_size,
            cast(sum(last_active_customers) as bigint) as ever_active_customers,
            cast(max(begun_period_number) as bigint) as begun_period_number,
            cast(
                min(period_number) filter (where open_customers > 0) as bigint
            ) as complete_periods,
            cast(bool_or(is_left_censored) as boolean) as is_left_censored
        from activity
        group by cohort_grain, cohort_start, dimension, value
    )

select *
from final
