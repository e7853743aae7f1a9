-- One cohort, slice of its customers and period since the start: how many still order,
-- or still come?
{% set own_windows = policy("retention_clock") == "elapsed" %}
with
    cohorts as (
        select *, 'order' as entity
        from {{ ref("int_cohorts") }}
        union all
        select *, 'event' as entity
        from {{ ref("int_event_cohorts") }}
    ),

    activity as (
        select {{ cohort_activity_columns() }}, 'order' as entity
        from {{ ref("int_cohort_activity") }}
        union all
        select {{ cohort_activity_columns() }}, 'event' as entity
        from {{ ref("int_event_cohort_activity") }}
    ),

    numbers as (select * from {{ ref("int_period_numbers") }}),

    limits as (
        select cohort_grain, max_period_number
        from
            (values {{ cohort_max_period_rows() }}) as limits(
                cohort_grain, max_period_number
            )
    ),

    cells as (
        select cohorts.*, period_number
        from cohorts
        inner join limits on cohorts.cohort_grain = limits.cohort_grain
        inner join
            numbers on period_number <= least(begun_period_number, max_period_number)
    ),

    -- whoever was last active before period k is gone by k; everybody else active
    -- still comes
    accumulated as (
        select
            cells.*,
            coalesce(active_customers, 0) as active,
            coalesce(last_active_customers_open, 0) as last_active_open,
            ever_active_customers
            + coalesce(last_active_customers, 0)
            - sum(coalesce(last_active_customers, 0)) over so_far as active_from_here,
            cohort_size - sum(coalesce(open_customers, 0)) over so_far as complete_size
        from cells
        left join
            activity using (
                entity, cohort_grain, cohort_start, dimension, value, period_number
            )
        window
            so_far as (
                partition by
                    cells.entity,
                    cells.cohort_grain,
                    cells.cohort_start,
                    cells.dimension,
                    cells.value
                order by cells.period_number
                rows unbounded preceding
            )
    ),

    -- on the elapsed clock a customer whose own window k still runs is left out
    counted as (
        select
            *,
            {{ "complete_size" if own_windows else "cohort_size" }} as eligible_size,
            {{ "last_active_open" if own_windows else "0" }} as left_out,
            period_number < complete_periods as is_complete
        from accumulated
    ),

    rated as (
        select
            *,
            {{ safe_divide("(active - left_out)", "eligible_size") }} as n_period_rate,
            {{ safe_divide("(active_from_here - left_out)", "eligible_size") }}
            as rolling_rate
        from counted
    ),

    final as (
        select
            cast(entity as varchar) as entity,
            cohort_grain,
            cohort_start,
            cohort_label,
            dimension,
            value,
            period_number,
            cast({{ cohort_period_start() }} as date) as period_start,
            cohort_size,
            cast(eligible_size as bigint) as eligible_size,
            cast(active as bigint) as retained_n_period,
            cast(active_from_here as bigint) as retained_rolling,
            cast(active - left_out as bigint) as retained_n_period_eligible,
            cast(active_from_here - left_out as bigint) as retained_rolling_eligible,
            case when is_complete then n_period_rate end as retention_rate,
            case when is_complete then rolling_rate end as rolling_retention_rate,
            n_period_rate as retention_rate_partial,
            rolling_rate as rolling_retention_rate_partial,
            is_complete,
            eligible_size < {{ policy("min_cell_size") }} as is_low_n,
            is_left_censored
        from rated
    )

select *
from final
