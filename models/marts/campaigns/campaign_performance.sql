-- What a campaign brought: everybody assigned against the holdout, and what the last
-- touch would say.
with
    comparisons as (
        select * from {{ ref("int_campaign_comparisons") }} where goal = 'purchase'
    ),

    effects as (
        select * from {{ ref("int_campaign_effects") }} where goal = 'purchase'
    ),

    campaigns as (select * from {{ ref("int_campaigns") }}),

    attribution as (select * from {{ ref("int_campaign_attribution") }}),

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
            assigned_customers,
            holdout_assigned_customers,
            conflicting_customers,
            sent_customers,
            delivered_customers,
            case
                when delivered_customers > 0 or bounced_customers = sent_customers
                then {{ safe_divide("delivered_customers", "sent_customers") }}
            end as delivery_rate,
            bounced_customers,
            {{ safe_divide("bounced_customers", "sent_customers") }} as bounce_rate,
            {% for step, rate in [("opened", "open"), ("clicked", "click")] %}
                {{ step }}_customers,
                case
                    when
                        {{ step }}_customers > 0
                        or campaigns.channel in ('email', 'push', 'in_app')
                    then {{ safe_divide(step ~ "_customers", "delivered_customers") }}
                end as {{ rate }}_rate,
            {% endfor %}
            {% for step, rate in [
                ("unsubscribed", "unsubscribe"), ("complained", "complaint")
            ] %}
                {{ step }}_customers,
                {{ safe_divide(step ~ "_customers", "delivered_customers") }}
                as {{ rate }}_rate,
            {% endfor %}
            treated_customers,
            treated_conversions,
            {{ safe_divide("treated_conversions", "treated_customers") }}
            as treated_conversion_rate,
            holdout_customers,
            holdout_conversions,
            {{ safe_divide("holdout_conversions", "holdout_customers") }}
            as holdout_conversion_rate,
            conversion_rate_difference,
            difference_ci_low,
            difference_ci_high,
            relative_lift,
            incremental_conversions,
            z_score,
            p_value,
            treated_orders,
            holdout_orders,
            incremental_orders,
            treated_revenue,
            holdout_revenue,
            incremental_revenue,
            revenue_per_customer_difference,
            revenue_difference_ci_low,
            revenue_difference_ci_high,
            cast(reporting.reporting_currency as varchar) as currency,
            {{ money("case when comparisons.variant = 'all' then cost end") }} as cost,
            {{ money(
                "case when comparisons.variant = 'all' and incremental_orders > 0"
                ~ " then cost / incremental_orders end"
            ) }} as cost_per_incremental_order,
            cast(coalesce(attributed_orders, 0) as bigint) as attributed_orders,
            {{ money("coalesce(attributed_revenue, 0)") }} as attributed_revenue,
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
        left join
            attribution
            on comparisons.campaign_id = attribution.campaign_id
            and comparisons.variant = attribution.variant
        cross join reporting
    )

select *
from final
