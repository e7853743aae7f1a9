-- One customer in one cohort grain (day, week, month): where the customer starts, how
-- far its clock has run.
{% set by_signup = policy("cohort_anchor") == "signup" %}
with
    customers as (select * from {{ ref("int_customers") }}),

    customer_orders as (select * from {{ ref("int_customer_orders") }}),

    grains as (
        select cohort_grain
        from (values ('day'), ('week'), ('month')) as grains(cohort_grain)
    ),

    started as (
        select
            coalesce(customer_orders.customer_id, customers.customer_id) as customer_id,
            {{ "customers.created_at" if by_signup else "first_ordered_at" }}
            as started_at,
            {{ "customers.created_date" if by_signup else "first_order_date" }}
            as started_on,
            last_ordered_at,
            last_order_date,
            coalesce(customers.acquisition_channel, 'unknown') as acquisition_channel,
            coalesce(customers.country, 'unknown') as country,
            -- a signup is a known start, however early
            {{ "false" if by_signup else "coalesce(is_left_censored, false)" }}
            as is_left_censored
        from customers
        full join customer_orders on customers.customer_id = customer_orders.customer_id
        where
            not coalesce(customers.is_test, false)
            and not coalesce(customers.is_internal, false)
    ),

    placed as (
        select
            started.*,
            cohort_grain,
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
        where started_on is not null
    ),

    numbered as (
        select
            *,
            {{ cohort_period_number("last_instant", "last_day") }}
            as begun_period_number,
            {{ cohort_period_number(as_of_utc(), as_of_date()) }} as complete_periods,
            {{ cohort_period_number("last_ordered_at", "last_order_date") }}
            as last_period_number
        from placed
    ),

    final as (
        select
            cast(cohort_grain as varchar) as cohort_grain,
            cast(customer_id as varchar) as customer_id,
            cast(cohort_start as date) as cohort_start,
            cast(started_at as timestamp) as started_at,
            cast(started_on as date) as started_on,
            cast(begun_period_number as bigint) as begun_period_number,
            cast(complete_periods as bigint) as complete_periods,
            cast(
                case
                    when last_order_date >= started_on and last_period_number >= 0
                    then last_period_number
                end as bigint
            ) as last_active_period_number,
            cast(acquisition_channel as varchar) as acquisition_channel,
            cast(country as varchar) as country,
            cast(is_left_censored as boolean) as is_left_censored
        from numbered
    )

select *
from final
