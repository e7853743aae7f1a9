-- One row is one group of subscribers: how many lives there are to learn from, and
-- why a
-- model of them is refused.
{{ config(materialized="view") }}
with
    life_table as (select * from {{ ref("int_subscriber_life_table") }}),

    totals as (
        select
            segment_type,
            segment,
            max(at_risk_customers) as customers,
            sum(churned_customers) as churned,
            max(period_number) as periods,
            sum(case when period_number > 0 then at_risk_customers else 0 end) as months
        from life_table
        group by segment_type, segment
    ),

    final as (
        select
            cast(segment_type as varchar) as segment_type,
            cast(segment as varchar) as segment,
            cast(customers as bigint) as customers,
            cast(churned as bigint) as churned_customers,
            cast(periods as bigint) as observed_periods,
            cast(months as bigint) as observed_months,
            cast(
                case
                    when customers < {{ var("survival_min_customers") | int }}
                    then 'too_few_customers'
                    when periods < 3
                    then 'too_few_periods'
                    when churned = 0
                    then 'no_churn'
                    when churned = months
                    then 'no_survivors'
                end as varchar
            ) as refusal
        from totals
    )

select *
from final
