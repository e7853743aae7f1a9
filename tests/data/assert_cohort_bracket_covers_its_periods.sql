-- A bracket retains at least as many customers as the best of its periods and at most
-- as many as all together.
with
    brackets as (select * from {{ ref("cohort_retention_bracket") }}),

    cells as (
        select *
        from {{ ref("cohort_retention") }}
        where entity = 'order' and dimension = 'all'
    ),

    limits as (
        select cohort_grain, max_period_number
        from
            (values {{ cohort_max_period_rows() }}) as limits(
                cohort_grain, max_period_number
            )
    ),

    compared as (
        select
            brackets.cohort_grain,
            brackets.cohort_start,
            bracket,
            max(brackets.cohort_size) as bracket_cohort_size,
            max(cells.cohort_size) as cohort_size,
            max(retained) as retained,
            max(retained_n_period) as best_period,
            sum(retained_n_period) as all_periods,
            -- cells end at the cap; a bracket that reaches beyond it may hold more
            max(period_to) > max(max_period_number) as is_cut_off
        from brackets
        inner join
            cells
            on brackets.cohort_grain = cells.cohort_grain
            and brackets.cohort_start = cells.cohort_start
            and period_number between period_from and period_to
        inner join limits on brackets.cohort_grain = limits.cohort_grain
        group by brackets.cohort_grain, brackets.cohort_start, bracket
    )

select *
from compared
where
    retained < best_period
    or (retained > all_periods and not is_cut_off)
    or bracket_cohort_size <> cohort_size
