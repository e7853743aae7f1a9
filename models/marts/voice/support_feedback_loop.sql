-- How complaints of a month were handled, and whether those customers bought again.
with
    counts as (select * from {{ ref("int_support_counts") }}),

    numbers as (select * from {{ ref("int_period_numbers") }}),

    segments as (
        select category, outcome, min(month) as began
        from counts
        group by category, outcome
    ),

    spine as (
        select
            segments.category,
            segments.outcome,
            {{ add_periods("month", "began", "period_number") }} as month
        from segments
        inner join
            numbers
            on period_number
            <= {{ months_between("began", "(" ~ as_of() ~ " - interval 1 microsecond)") }}
    ),

    filled as (
        select
            month,
            category,
            outcome,
            cast({{ add_periods("month", "month", 1) }} as timestamp)
            <= {{ as_of() }} as is_over,
            cast({{ add_days(add_periods("month", "month", 1), "90") }} as timestamp)
            <= {{ as_of() }} as is_over_90d,
            cast({{ add_days(add_periods("month", "month", 1), "180") }} as timestamp)
            <= {{ as_of() }} as is_over_180d,
            {% for column in [
                "tickets", "complaints", "mature_complaints_24h", "acknowledged_24h",
                "resolved_complaints", "reopened_complaints", "csat_responses",
                "csat_satisfied", "buyer_complaints_90d", "repurchased_90d",
                "matched_complaints_90d", "matched_repurchased_90d",
                "expected_repurchased_90d", "buyer_first_complaints_180d",
                "never_returned"
            ] %}
                coalesce({{ column }}, 0) as {{ column }},
            {% endfor %}
            median_first_response_hours,
            median_resolution_hours
        from spine
        left join counts using (month, category, outcome)
    ),

    final as (
        select
            cast(month as date) as month,
            cast(category as varchar) as category,
            cast(outcome as varchar) as outcome,
            tickets,
            complaints,
            mature_complaints_24h,
            acknowledged_24h,
            case
                when is_over and mature_complaints_24h = complaints
                then {{ safe_divide("acknowledged_24h", "mature_complaints_24h") }}
            end as acknowledged_24h_rate,
            {{ safe_divide("acknowledged_24h", "mature_complaints_24h") }}
            as acknowledged_24h_rate_partial,
            resolved_complaints,
            case
                when is_over then {{ safe_divide("resolved_complaints", "complaints") }}
            end as resolution_rate,
            {{ safe_divide("resolved_complaints", "complaints") }}
            as resolution_rate_partial,
            reopened_complaints,
            median_first_response_hours,
            median_resolution_hours,
            csat_responses,
            csat_satisfied,
            {{ safe_divide("csat_satisfied", "csat_responses") }} as csat_rate,
            buyer_complaints_90d,
            repurchased_90d,
            case
                when is_over_90d
                then {{ safe_divide("repurchased_90d", "buyer_complaints_90d") }}
            end as repurchase_rate_90d,
            {{ safe_divide("repurchased_90d", "buyer_complaints_90d") }}
            as repurchase_rate_90d_partial,
            matched_complaints_90d,
            matched_repurchased_90d,
            expected_repurchased_90d,
            {{ safe_divide("expected_repurchased_90d", "matched_complaints_90d") }}
            as matched_repurchase_rate_90d,
            {{ safe_divide(
                "matched_repurchased_90d - expected_repurchased_90d", "matched_complaints_90d"
            ) }}
            as repurchase_rate_difference_90d,
            buyer_first_complaints_180d,
            never_returned,
            case
                when is_over_180d
                then {{ safe_divide("never_returned", "buyer_first_complaints_180d") }}
            end as never_returned_rate,
            {{ safe_divide("never_returned", "buyer_first_complaints_180d") }}
            as never_returned_rate_partial,
            is_over as is_complete,
            is_over_90d as is_complete_90d,
            is_over_180d as is_complete_180d,
            complaints < {{ policy("min_cell_size") }} as is_low_n,
            buyer_complaints_90d < {{ policy("min_cell_size") }} as is_low_n_90d,
            buyer_first_complaints_180d < {{ policy("min_cell_size") }} as is_low_n_180d
        from filled
    )

select *
from final
