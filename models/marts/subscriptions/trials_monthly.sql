-- Trial conversion of a month, by the month trials ended or began, and by kind of
-- customer.
with
    trials as (select * from {{ ref("int_trial_outcomes") }}),

    customers as (select * from {{ ref("int_customers") }}),

    numbers as (select * from {{ ref("int_period_numbers") }}),

    keyed as (
        select
            cohort_basis,
            segment_type,
            case
                segment_type
                when 'acquisition_channel'
                then coalesce(acquisition_channel, 'unknown')
                when 'plan'
                then coalesce(plan_id, 'unknown')
                else 'all'
            end as segment,
            case
                cohort_basis
                when 'started'
                then {{ period_start("month", "started_date") }}
                else {{ period_start("month", "coalesce(ends_date, converted_date)") }}
            end as month,
            outcome,
            {{ days_between("started_date", "converted_date") }} as days_to_convert
        from trials
        left join customers on trials.customer_id = customers.customer_id
        cross join (values ('ended'), ('started')) as bases(cohort_basis)
        cross join
            (values ('all'), ('acquisition_channel'), ('plan')) as segment_types(
                segment_type
            )
        -- a trial that still runs has not ended in any month
        where cohort_basis = 'started' or outcome <> 'open'
    ),

    counted as (
        select
            month,
            cohort_basis,
            segment_type,
            segment,
            count(*) as trials,
            sum(case when outcome = 'converted' then 1 else 0 end) as converted,
            sum(case when outcome = 'expired' then 1 else 0 end) as expired,
            sum(case when outcome = 'cancelled' then 1 else 0 end) as cancelled,
            sum(case when outcome = 'open' then 1 else 0 end) as open_trials,
            sum(days_to_convert) as days
        from keyed
        group by month, cohort_basis, segment_type, segment
    ),

    segments as (
        select cohort_basis, segment_type, segment, min(month) as began
        from counted
        group by cohort_basis, segment_type, segment
    ),

    spine as (
        select segments.*, {{ add_periods("month", "began", "period_number") }} as month
        from segments
        inner join
            numbers
            on period_number
            <= {{ months_between("began", "(" ~ as_of() ~ " - interval 1 microsecond)") }}
    ),

    rated as (
        select
            spine.*,
            coalesce(trials, 0) as trials,
            coalesce(converted, 0) as converted,
            coalesce(expired, 0) as expired,
            coalesce(cancelled, 0) as cancelled,
            coalesce(open_trials, 0) as open_trials,
            coalesce(days, 0) as days,
            {{ safe_divide("converted", "trials - open_trials") }} as rate,
            coalesce(open_trials, 0) = 0
            and cast({{ add_periods("month", "month", 1) }} as timestamp)
            <= {{ as_of() }} as is_complete
        from spine
        left join counted using (month, cohort_basis, segment_type, segment)
    ),

    final as (
        select
            cast(month as date) as month,
            cast(cohort_basis as varchar) as cohort_basis,
            cast(segment_type as varchar) as segment_type,
            cast(segment as varchar) as segment,
            cast(trials as bigint) as trials,
            cast(trials - open_trials as bigint) as closed_trials,
            cast(converted as bigint) as converted_trials,
            cast(expired as bigint) as expired_trials,
            cast(cancelled as bigint) as cancelled_trials,
            cast(open_trials as bigint) as open_trials,
            case when is_complete then rate end as conversion_rate,
            rate as conversion_rate_partial,
            cast(days as bigint) as days_to_convert_sum,
            {{ safe_divide("days", "converted") }} as avg_days_to_convert,
            cast(is_complete as boolean) as is_complete,
            trials - open_trials < {{ policy("min_cell_size") }} as is_low_n
        from rated
    )

select *
from final
