-- A cohort has every cell from period 0 to the last one that has begun by as_of (or
-- the cap), and none after it.
with
    cells as (select * from {{ ref("cohort_retention") }}),

    limits as (
        select cohort_grain, max_period_number
        from
            (values {{ cohort_max_period_rows() }}) as limits(
                cohort_grain, max_period_number
            )
    ),

    cohorts as (
        select
            entity,
            cohort_grain,
            cohort_start,
            dimension,
            value,
            count(*) as cells,
            min(period_number) as first_period,
            max(period_number) as last_period,
            max(period_start) as last_period_start
        from cells
        group by entity, cohort_grain, cohort_start, dimension, value
    ),

    bounded as (
        select
            cohorts.*,
            max_period_number,
            case
                cohorts.cohort_grain
                when 'month'
                then {{ add_periods("month", "last_period_start", "1") }}
                when 'week'
                then {{ add_periods("week", "last_period_start", "1") }}
                else {{ add_periods("day", "last_period_start", "1") }}
            end as next_period_start
        from cohorts
        inner join limits on cohorts.cohort_grain = limits.cohort_grain
    )

select *
from bounded
where
    first_period <> 0
    or cells <> last_period + 1
    or last_period > max_period_number
    or cast(last_period_start as timestamp) >= {{ as_of() }}
    or (
        '{{ policy("retention_clock") }}' = 'calendar'
        and last_period < max_period_number
        and cast(next_period_start as timestamp) < {{ as_of() }}
    )
