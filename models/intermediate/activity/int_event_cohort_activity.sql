-- One cohort of users, slice of it and period number: who did the return event there; a
-- period without anything has no row.
{% set elapsed = policy("retention_clock") == "elapsed" %}
with
    cohorts as (select * from {{ ref("int_user_cohorts") }}),

    events as (select * from {{ ref("int_visitor_events") }} {{ only_users() }}),

    -- the calendar clock needs the last event of a day only
    returns as (
        select user_id, event_date, max(occurred_at) as occurred_at
        from events
        where {{ event_is(var("return_event")) }}
        group by user_id, event_date{{ ", occurred_at" if elapsed }}
    ),

    placed as (
        select distinct
            cohorts.cohort_grain,
            cohorts.cohort_start,
            cohorts.acquisition_channel,
            cohorts.country,
            cohorts.user_id,
            cohorts.complete_periods,
            {{ cohort_period_number("occurred_at", "event_date") }} as period_number
        from cohorts
        inner join returns on cohorts.user_id = returns.user_id
        where returns.occurred_at >= cohorts.started_at
    ),

    followed as (
        select
            *,
            max(period_number) over (
                partition by cohort_grain, user_id
            ) as last_period_number
        from placed
    ),

    both_sides as (
        select
            cohort_grain,
            cohort_start,
            acquisition_channel,
            country,
            period_number,
            1 as active,
            case
                when period_number = last_period_number then 1 else 0
            end as last_active,
            case
                when
                    period_number = last_period_number
                    and period_number >= complete_periods
                then 1
                else 0
            end as last_active_open,
            0 as opened,
            cast(null as bigint) as begun_period_number,
            false as is_left_censored
        from followed
        union all
        select
            cohort_grain,
            cohort_start,
            acquisition_channel,
            country,
            complete_periods,
            0,
            0,
            0,
            1,
            begun_period_number,
            is_left_censored
        from cohorts
    ),

    sliced as (
        select *, 'all' as dimension, 'all' as value
        from both_sides
        union all
        select *, 'acquisition_channel' as dimension, acquisition_channel as value
        from both_sides
        where cohort_grain = 'month'
        union all
        select *, 'country' as dimension, country as value
        from both_sides
        where cohort_grain = 'month'
    ),

    final as (
        select
            cast(cohort_grain as varchar) as cohort_grain,
            cast(cohort_start as date) as cohort_start,
            cast(dimension as varchar) as dimension,
            cast(value as varchar) as value,
            cast(period_number as bigint) as period_number,
            cast(sum(active) as bigint) as active_customers,
            cast(sum(last_active) as bigint) as last_active_customers,
            cast(sum(last_active_open) as bigint) as last_active_customers_open,
            cast(sum(opened) as bigint) as open_customers,
            cast(max(begun_period_number) as bigint) as begun_period_number,
            cast(bool_or(is_left_censored) as boolean) as is_left_censored
        from sliced
        group by cohort_grain, cohort_start, dimension, value, period_number
    )

select *
from final
