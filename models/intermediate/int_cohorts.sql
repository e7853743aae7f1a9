-- One cohort and slice of its customers: how many there are, and how far their clocks
-- have run.
with
    activity as (select * from {{ ref("int_cohort_activity") }}),

    final as (
        select {{ cohort_summary_columns() }}
        from activity
        group by cohort_grain, cohort_start, dimension, value
    )

select *
from final
