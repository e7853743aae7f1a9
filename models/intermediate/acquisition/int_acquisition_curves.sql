-- One row is one acquisition channel, monthly cohort and period since the start: who
-- was
-- active in it, and the gross margin up to and including it.
with
    cohorts as (
        select *
        from {{ ref("int_cohorts") }}
        where cohort_grain = 'month' and dimension = 'acquisition_channel'
    ),

    activity as (
        select *
        from {{ ref("int_cohort_activity") }}
        where cohort_grain = 'month' and dimension = 'acquisition_channel'
    ),

    numbers as (select * from {{ ref("int_period_numbers") }}),

    cells as (
        select cohorts.*, period_number
        from cohorts
        inner join numbers on period_number <= begun_period_number
    ),

    accumulated as (
        select
            cells.*,
            coalesce(activity.active_customers, 0) as active_customers,
            sum(coalesce(activity.orders, 0)) over so_far as cumulative_orders,
            sum(coalesce(activity.orders_with_margin, 0)) over so_far
            as cumulative_orders_with_margin,
            sum(
                case when activity.orders > 0 then activity.gross_margin else 0 end
            ) over so_far as known_margin
        from cells
        left join
            activity
            on cells.cohort_start = activity.cohort_start
            and cells.value = activity.value
            and cells.period_number = activity.period_number
        window
            so_far as (
                partition by cells.cohort_start, cells.value
                order by cells.period_number
                rows unbounded preceding
            )
    ),

    final as (
        select
            cast(
                case
                    when value = 'unknown' then 'unattributed' else value
                end as varchar
            ) as channel,
            cast(cohort_start as date) as cohort_month,
            cast(period_number as bigint) as period_number,
            cast(cohort_size as bigint) as new_customers,
            cast(active_customers as bigint) as active_customers,
            cast(cumulative_orders as bigint) as cumulative_orders,
            cast(
                cumulative_orders_with_margin as bigint
            ) as cumulative_orders_with_margin,
            {{ money(
                "case when cumulative_orders = 0 or cumulative_orders_with_margin > 0 then known_margin end"
            ) }}
            as cumulative_gross_margin,
            cast(period_number < complete_periods as boolean) as is_complete,
            cast(is_left_censored as boolean) as is_left_censored
        from accumulated
    )

select *
from final
