-- One row is one acquisition channel and monthly cohort: how it came back, bought a
-- second time, and what it was worth at equal age.
with
    curves as (select * from {{ ref("int_acquisition_curves") }}),

    aged as (
        select
            *,
            max(period_number) over (
                partition by channel, cohort_month
            ) as last_period_number
        from curves
    ),

    cohort_values as (
        select
            *,
            coalesce(nullif(acquisition_channel, 'unknown'), 'unattributed') as channel,
            case
                when is_mature and (orders = 0 or orders_with_margin > 0)
                then gross_margin
            end as mature_margin
        from {{ ref("int_cohort_values") }}
    ),

    starts as (
        select
            customer_id,
            cohort_start,
            coalesce(nullif(acquisition_channel, 'unknown'), 'unattributed') as channel
        from {{ ref("int_customer_cohorts") }}
        where cohort_grain = 'month'
    ),

    firsts as (
        select customer_id, gap_days
        from {{ ref("int_order_gaps") }}
        where
            order_number = 1
            and {{ observed_days("ordered_at_local", "order_date") }} >= 90
    ),

    seconds as (
        select
            starts.channel,
            starts.cohort_start,
            count(*) as mature_customers,
            count(*) filter (where firsts.gap_days <= 90) as second_orders
        from starts
        inner join firsts on starts.customer_id = firsts.customer_id
        group by starts.channel, starts.cohort_start
    ),

    returned as (
        select
            channel,
            cohort_month,
            max(new_customers) as new_customers,
            bool_or(is_left_censored) as is_left_censored,
            {% for number in [1, 2, 3, 6, 12] %}
                max(active_customers) filter (
                    where period_number = {{ number }} and is_complete
                ) as retained_m{{ number }},
            {% endfor %}
            max(cumulative_gross_margin) filter (
                where period_number = last_period_number
            ) as margin_to_date
        from aged
        group by channel, cohort_month
    ),

    valued as (
        select
            channel,
            cohort_month,
            max(mature_margin) filter (where horizon_days = 90) as margin_90d,
            max(mature_margin) filter (where horizon_days = 180) as margin_180d,
            max(mature_margin) filter (where horizon_days = 365) as margin_365d
        from cohort_values
        group by channel, cohort_month
    ),

    final as (
        select
            cast(returned.channel as varchar) as channel,
            cast(returned.cohort_month as date) as cohort_month,
            cast(new_customers as bigint) as new_customers,
            cast(retained_m1 as bigint) as retained_m1,
            cast(retained_m2 as bigint) as retained_m2,
            cast(retained_m3 as bigint) as retained_m3,
            cast(retained_m6 as bigint) as retained_m6,
            cast(retained_m12 as bigint) as retained_m12,
            cast(coalesce(mature_customers, 0) as bigint) as mature_customers_90d,
            cast(coalesce(second_orders, 0) as bigint) as second_orders_90d,
            {{ money("margin_90d") }} as margin_90d,
            {{ money("margin_180d") }} as margin_180d,
            {{ money("margin_365d") }} as margin_365d,
            {{ money("margin_to_date") }} as margin_to_date,
            cast(is_left_censored as boolean) as is_left_censored
        from returned
        left join
            valued
            on returned.channel = valued.channel
            and returned.cohort_month = valued.cohort_month
        left join
            seconds
            on returned.channel = seconds.channel
            and returned.cohort_month = seconds.cohort_start
    )

select *
from final
