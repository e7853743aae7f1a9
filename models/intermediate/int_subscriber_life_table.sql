-- One row is one group of subscribers and one month of their lives: who was still there
-- when it began, and who left in it. Month 0 is the start.
with
    lives as (select * from {{ ref("int_subscriber_lives") }}),

    numbers as (select * from {{ ref("int_period_numbers") }}),

    keyed as (
        select
            segment_type,
            case
                segment_type
                when 'cohort'
                then strftime(cohort_month, '%Y-%m')
                when 'acquisition_channel'
                then acquisition_channel
                when 'country'
                then country
                when 'plan'
                then plan_id
                else 'all'
            end as segment,
            exit_period,
            has_churned
        from lives
        cross join
            (
                values
                    ('all'), ('cohort'), ('acquisition_channel'), ('country'), ('plan')
            ) as segment_types(segment_type)
    ),

    exits as (
        select
            segment_type,
            segment,
            exit_period,
            count(*) as customers,
            sum(case when has_churned then 1 else 0 end) as churned
        from keyed
        group by segment_type, segment, exit_period
    ),

    segments as (
        select segment_type, segment, max(exit_period) as last_period
        from exits
        group by segment_type, segment
    ),

    -- who leaves after a period, or is only watched until after it, was there in it
    spread as (
        select
            segments.segment_type,
            segments.segment,
            numbers.period_number,
            coalesce(exits.churned, 0) as churned,
            sum(coalesce(exits.customers, 0)) over (
                partition by segments.segment_type, segments.segment
                order by numbers.period_number desc
                rows between unbounded preceding and current row
            ) as at_risk
        from segments
        inner join numbers on numbers.period_number <= segments.last_period
        left join
            exits
            on segments.segment_type = exits.segment_type
            and segments.segment = exits.segment
            and numbers.period_number = exits.exit_period
    ),

    final as (
        select
            cast(segment_type as varchar) as segment_type,
            cast(segment as varchar) as segment,
            cast(period_number as bigint) as period_number,
            cast(at_risk as bigint) as at_risk_customers,
            cast(churned as bigint) as churned_customers
        from spread
    )

select *
from final
