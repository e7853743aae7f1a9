-- One row is one campaign under one goal, all treated or one version of the message:
-- what
-- the treatment changed against the holdout, and how sure that is.
with
    comparisons as (select * from {{ ref("int_campaign_comparisons") }}),

    -- nothing is compared where the arms cannot be
    shares as (
        select
            goal,
            campaign_id,
            variant,
            cast(treated_customers as double) as n1,
            cast(holdout_customers as double) as n0,
            treated_conversions,
            holdout_conversions,
            {{ safe_divide("treated_conversions", "treated_customers") }} as p1,
            {{ safe_divide("holdout_conversions", "holdout_customers") }} as p0,
            {{ safe_divide(
                "treated_conversions + holdout_conversions",
                "treated_customers + holdout_customers"
            ) }} as pooled,
            treated_orders,
            holdout_orders,
            cast(treated_revenue as double) as s1,
            cast(holdout_revenue as double) as s0,
            treated_revenue_squares as squares1,
            holdout_revenue_squares as squares0
        from comparisons
        where comparison_status in ('ok', 'holdout_contacted')
    ),

    errors as (
        select
            *,
            p1 - p0 as difference,
            s1 / n1 - s0 / n0 as revenue_difference,
            sqrt(p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0) as standard_error,
            nullif(sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n0)), 0) as pooled_error,
            -- sums of squares may fall below 0 by rounding where all amounts are equal
            sqrt(
                greatest(squares1 - s1 * s1 / n1, 0) / (nullif(n1 - 1, 0) * n1)
                + greatest(squares0 - s0 * s0 / n0, 0) / (nullif(n0 - 1, 0) * n0)
            ) as revenue_error
        from shares
    ),

    scored as (
        select
            *,
            difference / pooled_error as z_score,
            abs(difference / pooled_error) as distance
        from errors
    ),

    final as (
        select
            cast(goal as varchar) as goal,
            cast(campaign_id as varchar) as campaign_id,
            cast(variant as varchar) as variant,
            cast(difference as double) as conversion_rate_difference,
            cast(
                case
                    when pooled_error is not null
                    then difference - {{ z_95() }} * standard_error
                end as double
            ) as difference_ci_low,
            cast(
                case
                    when pooled_error is not null
                    then difference + {{ z_95() }} * standard_error
                end as double
            ) as difference_ci_high,
            {{ safe_divide("difference", "p0") }} as relative_lift,
            cast(difference * n1 as double) as incremental_conversions,
            cast(z_score as double) as z_score,
            cast({{ normal_two_sided_p("distance") }} as double) as p_value,
            cast(
                treated_orders - holdout_orders * n1 / n0 as double
            ) as incremental_orders,
            {{ money("s1 - s0 * n1 / n0") }} as incremental_revenue,
            cast(revenue_difference as double) as revenue_per_customer_difference,
            cast(
                revenue_difference - {{ z_95() }} * revenue_error as double
            ) as revenue_difference_ci_low,
            cast(
                revenue_difference + {{ z_95() }} * revenue_error as double
            ) as revenue_difference_ci_high,
            cast(
                least(
                    treated_conversions,
                    n1 - treated_conversions,
                    holdout_conversions,
                    n0 - holdout_conversions
                )
                < {{ policy("min_cell_size") }} as boolean
            ) as is_low_n
        from scored
    )

select *
from final
