-- One cohort and bracket of periods (such as months 1-3): how many ordered at least
-- once in it?
{% set own_windows = policy("retention_clock") == "elapsed" %}
with
    activity as (select * from {{ ref("int_cohort_activity") }}),

    orders as (select * from {{ ref("int_order_cohort_periods") }}),

    brackets as (
        select cohort_grain, period_from, period_to
        from
            (values {{ cohort_bracket_rows() }}) as brackets(
                cohort_grain, period_from, period_to
            )
    ),

    -- brackets that have begun
    cohorts as (
        select
            activity.cohort_grain,
            cohort_start,
            period_from,
            period_to,
            sum(open_customers) as cohort_size,
            sum(
                case when period_number > period_to then open_customers else 0 end
            ) as complete_size,
            bool_or(is_left_censored) as is_left_censored
        from activity
        inner join brackets on activity.cohort_grain = brackets.cohort_grain
        where dimension = 'all'
        group by activity.cohort_grain, cohort_start, period_from, period_to
        having max(begun_period_number) >= period_from
    ),

    -- a customer is counted by the first of its orders in the bracket
    retained as (
        select
            orders.cohort_grain,
            cohort_start,
            period_from,
            period_to,
            count(*) as customers,
            count(*) filter (where complete_periods > period_to) as customers_complete
        from orders
        inner join
            brackets
            on orders.cohort_grain = brackets.cohort_grain
            and period_number between period_from and period_to
        where coalesce(prior_period_number, -1) < period_from
        group by orders.cohort_grain, cohort_start, period_from, period_to
    ),

    counted as (
        select
            cohorts.*,
            coalesce(customers, 0) as retained,
            {{ "complete_size" if own_windows else "cohort_size" }} as eligible_size,
            coalesce(
                {{ "customers_complete" if own_windows else "customers" }}, 0
            ) as retained_eligible,
            complete_size = cohort_size as is_complete
        from cohorts
        left join retained using (cohort_grain, cohort_start, period_from, period_to)
    ),

    final as (
        select
            cohort_grain,
            cohort_start,
            cast({{ cohort_label() }} as varchar) as cohort_label,
            cast(period_from as varchar)
            || '-'
            || cast(period_to as varchar) as bracket,
            cast(period_from as bigint) as period_from,
            cast(period_to as bigint) as period_to,
            cast(cohort_size as bigint) as cohort_size,
            cast(eligible_size as bigint) as eligible_size,
            cast(retained as bigint) as retained,
            cast(retained_eligible as bigint) as retained_eligible,
            case
                when is_complete
                then {{ safe_divide("retained_eligible", "eligible_size") }}
            end as retention_rate,
            {{ safe_divide("retained_eligible", "eligible_size") }}
            as retention_rate_partial,
            is_complete,
            eligible_size < {{ policy("min_cell_size") }} as is_low_n,
            is_left_censored
        from counted
    )

select *
from final
