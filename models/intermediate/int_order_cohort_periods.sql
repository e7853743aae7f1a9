-- One order of a known customer on one cohort grain: the period of the customer's
-- life that it falls into.
{{ config(materialized="view") }}
{% set elapsed = policy("retention_clock") == "elapsed" %}
with
    cohorts as (select * from {{ ref("int_customer_cohorts") }}),

    orders as (
        select
            *,
            -- the calendar clock reads dates only
            {{
                "lag(ordered_at) over (partition by customer_id order by order_number)"
                if elapsed
                else "cast(null as timestamp)"
            }} as prior_ordered_at
        from {{ ref("int_orders_sequenced") }}
        where customer_id is not null
    ),

    -- orders before the start (possible when signup is the start) are in no period
    placed as (
        select
            cohorts.*,
            order_id,
            prior_order_date,
            net_revenue_reporting,
            gross_margin_reporting,
            {{ cohort_period_number("ordered_at", "order_date") }} as period_number,
            {{ cohort_period_number("prior_ordered_at", "prior_order_date") }}
            as prior_number
        from orders
        inner join cohorts on orders.customer_id = cohorts.customer_id
        where order_date >= started_on
    ),

    followed as (
        select
            *,
            case
                when prior_order_date >= started_on and prior_number >= 0
                then prior_number
            end as prior_period_number
        from placed
        where period_number >= 0
    ),

    final as (
        select
            cast(cohort_grain as varchar) as cohort_grain,
            cast(order_id as varchar) as order_id,
            cast(customer_id as varchar) as customer_id,
            cast(cohort_start as date) as cohort_start,
            cast(acquisition_channel as varchar) as acquisition_channel,
            cast(country as varchar) as country,
            cast(period_number as bigint) as period_number,
            cast(prior_period_number as bigint) as prior_period_number,
            cast(
                prior_period_number is null
                or prior_period_number <> period_number as boolean
            ) as is_first_in_period,
            cast(
                (prior_period_number is null or prior_period_number <> period_number)
                and period_number = last_active_period_number as boolean
            ) as is_first_in_last_period,
            cast(complete_periods as bigint) as complete_periods,
            cast(period_number < complete_periods as boolean) as is_complete,
            {{ money("net_revenue_reporting") }} as net_revenue,
            {{ money("gross_margin_reporting") }} as gross_margin
        from followed
    )

select *
from final
