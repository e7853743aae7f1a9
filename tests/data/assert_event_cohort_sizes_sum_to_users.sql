-- The cohorts of users of a grain and dimension hold every user with a start event,
-- each
-- once.
with
    cells as (
        select *
        from {{ ref("cohort_retention") }}
        where entity = 'event' and period_number = 0
    ),

    starters as (
        select count(distinct user_id) as users
        from {{ ref("int_visitor_events") }}
        where
            {{ event_is(var("start_event")) }}
            and (not is_anonymous or '{{ policy("anonymous_activity") }}' = 'include')
    ),

    sizes as (
        select cohort_grain, dimension, sum(cohort_size) as cohort_sizes
        from cells
        group by cohort_grain, dimension
    )

select cohort_grain, dimension, cohort_sizes, users
from sizes
cross join starters
where cohort_sizes <> users
