-- One user in one cohort grain (day, week, month): where the user starts (var
-- start_event), how far its clock has run.
{% set any_start = var("start_event") == "any" %}
with
    events as (select * from {{ ref("int_visitor_events") }} {{ only_users() }}),

    customers as (select * from {{ ref("int_customers") }}),

    grains as (
        select cohort_grain
        from (values ('day'), ('week'), ('month')) as grains(cohort_grain)
    ),

    started as (
        select user_id, min(occurred_at) as started_at, min(event_date) as started_on
        from events
        where {{ event_is(var("start_event")) }}
        group by user_id
    ),

    -- whoever is seen in the first month of the data may have been there before
    history as (select min(event_date) as first_date from events),

    placed as (
        select
            started.*,
            cohort_grain,
            coalesce(acquisition_channel, 'unknown') as acquisition_channel,
            coalesce(country, 'unknown') as country,
            {{ "true" if any_start and policy("left_censored_first_month") == "true" else "false" }}
            and {{ period_start("month", "started_on") }}
            = {{ period_start("month", "first_date") }} as is_left_censored,
            case
                cohort_grain
                when 'month'
                then {{ period_start("month", "started_on") }}
                when 'week'
                then {{ period_start("week", "started_on") }}
                else started_on
            end as cohort_start,
            -- the last instant that is read
            cast({{ as_of() }} - interval 1 microsecond as date) as last_day,
            {{ as_of_utc() }} - interval 1 microsecond as last_instant
        from started
        cross join grains
        cross join history
        left join customers on started.user_id = customers.customer_id
    ),

    final as (
        select
            cast(cohort_grain as varchar) as cohort_grain,
            cast(user_id as varchar) as user_id,
            cast(cohort_start as date) as cohort_start,
            cast(started_at as timestamp) as started_at,
            cast(started_on as date) as started_on,
            cast(
                {{ cohort_period_number("last_instant", "last_day") }} as bigint
            ) as begun_period_number,
            cast(
                {{ cohort_period_number(as_of_utc(), as_of_date()) }} as bigint
            ) as complete_periods,
            cast(acquisition_channel as varchar) as acquisition_channel,
            cast(country as varchar) as country,
            cast(is_left_censored as boolean) as is_left_censored
        from placed
    )

select *
from final
