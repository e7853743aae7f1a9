-- What promoters, passives and detractors of a month, quarter or year did in the 90
-- days
-- after their answer.
with
    counts as (select * from {{ ref("int_survey_outcome_counts") }}),

    numbers as (select * from {{ ref("int_period_numbers") }}),

    segments as (
        select grain, segment_type, segment, min(period_start) as began
        from counts
        group by grain, segment_type, segment
    ),

    spine as (
        select
            segments.grain,
            segments.segment_type,
            segments.segment,
            nps_category,
            {{ add_periods("month", "began", "period_number * months") }}
            as period_start,
            {{ add_periods("month", "began", "(period_number + 1) * months") }}
            as period_end
        from segments
        cross join
            (values ('promoter'), ('passive'), ('detractor')) as categories(
                nps_category
            )
        inner join
            (values ('month', 1), ('quarter', 3), ('year', 12)) as grains(grain, months)
            on segments.grain = grains.grain
        inner join
            numbers
            on period_number * months
            <= {{ months_between("began", "(" ~ as_of() ~ " - interval 1 microsecond)") }}
    ),

    filled as (
        select
            *,
            cast(period_end as timestamp) <= {{ as_of() }} as is_over,
            cast({{ add_days("period_end", "90") }} as timestamp)
            <= {{ as_of() }} as is_over_90d
        from spine
        left join
            counts using (grain, period_start, segment_type, segment, nps_category)
    ),

    final as (
        select
            cast(grain as varchar) as grain,
            cast(period_start as date) as period_start,
            cast(period_end as date) as period_end,
            cast(segment_type as varchar) as segment_type,
            cast(segment as varchar) as segment,
            cast(nps_category as varchar) as nps_category,
            cast(coalesce(responses, 0) as bigint) as responses,
            cast(coalesce(mature_responses_90d, 0) as bigint) as mature_responses_90d,
            {% for what, rate in [("repurchased", "repurchase"), ("referred", "referral")] %}
                cast(coalesce({{ what }}_90d, 0) as bigint) as {{ what }}_90d,
                case
                    when is_over_90d
                    then {{ safe_divide(what ~ "_90d", "mature_responses_90d") }}
                end as {{ rate }}_rate_90d,
                {{ safe_divide(what ~ "_90d", "mature_responses_90d") }}
                as {{ rate }}_rate_90d_partial,
            {% endfor %}
            cast(
                coalesce(mature_subscribers_90d, 0) as bigint
            ) as mature_subscribers_90d,
            cast(coalesce(churned_90d, 0) as bigint) as churned_90d,
            case
                when is_over_90d
                then {{ safe_divide("churned_90d", "mature_subscribers_90d") }}
            end as churn_rate_90d,
            {{ safe_divide("churned_90d", "mature_subscribers_90d") }}
            as churn_rate_90d_partial,
            cast(is_over as boolean) as is_complete,
            cast(is_over_90d as boolean) as is_complete_90d,
            coalesce(mature_responses_90d, 0)
            < {{ policy("min_cell_size") }} as is_low_n_90d,
            coalesce(mature_subscribers_90d, 0)
            < {{ policy("min_cell_size") }} as is_low_n_churn_90d
        from filled
    )

select *
from final
