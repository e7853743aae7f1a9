-- Who came back of the lapsed customers that a win-back campaign was for, against the
-- holdout.
with
    comparisons as (
        select * from {{ ref("int_campaign_comparisons") }} where goal = 'reactivation'
    ),

    effects as (
        select * from {{ ref("int_campaign_effects") }} where goal = 'reactivation'
    ),

    campaigns as (select * from {{ ref("int_campaigns") }}),

    reporting as (select reporting_currency from {{ ref("int_reporting_currency") }}),

    final as (
        select
            comparisons.campaign_id,
            comparisons.variant,
            campaigns.name,
            campaigns.channel,
            campaigns.campaign_type,
            campaigns.started_at,
            campaigns.window_days,
            campaigns.lapsed_days,
            assigned_customers,
            holdout_assigned_customers,
            conflicting_customers,
            ineligible_customers as not_lapsed_customers,
            treated_customers,
            treated_conversions as treated_reactivated,
            {{ safe_divide("treated_conversions", "treated_customers") }}
            as treated_reactivation_rate,
            holdout_customers,
            holdout_conversions as holdout_reactivated,
            {{ safe_divide("holdout_conversions", "holdout_customers") }}
            as holdout_reactivation_rate,
            conversion_rate_difference as reactivation_rate_difference,
            difference_ci_low,
            difference_ci_high,
            relative_lift,
            incremental_conversions as incremental_reactivations,
            z_score,
            p_value,
            treated_revenue,
            holdout_revenue,
            incremental_revenue,
            cast(reporting.reporting_currency as varchar) as currency,
            {{ money("case when comparisons.variant = 'all' then cost end") }} as cost,
            {{ money(
                "case when comparisons.variant = 'all' and incremental_conversions > 0"
                ~ " then cost / incremental_conversions end"
            ) }} as cost_per_incremental_reactivation,
            sample_ratio_p_value,
            holdout_contacted_customers,
            comparison_status,
            comparison_status = 'no_holdout' as is_no_holdout,
            is_complete,
            coalesce(
                is_low_n, treated_customers < {{ policy("min_cell_size") }}
            ) as is_low_n
        from comparisons
        left join campaigns on comparisons.campaign_id = campaigns.campaign_id
        left join
            effects
            on comparisons.campaign_id = effects.campaign_id
            and comparisons.variant = effects.variant
        cross join reporting
    )

select *
from final
