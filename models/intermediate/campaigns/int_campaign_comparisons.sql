-- One row is one campaign under one goal, all treated or one version of the message,
-- with the counts of its holdout beside it and whether the two can be compared.
with
    arms as (select * from {{ ref("int_campaign_arms") }}),

    campaigns as (select * from {{ ref("int_campaigns") }}),

    compared as (
        select
            treated.*,
            campaigns.holdout_share,
            coalesce(holdout.assigned_customers, 0) as holdout_assigned,
            coalesce(holdout.contacted_customers, 0) as holdout_contacted,
            holdout.assigned_customers - holdout.conflicting_customers as held,
            holdout.assigned_customers
            - holdout.conflicting_customers
            + everybody.assigned_customers
            - everybody.conflicting_customers as everybody_in_one_arm,
            coalesce(holdout.conflicting_customers, 0)
            + everybody.conflicting_customers as all_conflicting,
            coalesce(holdout.customers, 0) as holdout_customers,
            coalesce(holdout.converted_customers, 0) as holdout_converted,
            coalesce(holdout.orders, 0) as holdout_orders,
            coalesce(holdout.net_revenue, 0) as holdout_revenue,
            coalesce(holdout.net_revenue_squares, 0) as holdout_squares,
            coalesce(holdout.ineligible_customers, 0) as holdout_ineligible,
            coalesce(holdout.conflicting_customers, 0) as holdout_conflicting
        from arms as treated
        inner join campaigns on treated.campaign_id = campaigns.campaign_id
        inner join
            arms as everybody
            on treated.goal = everybody.goal
            and treated.campaign_id = everybody.campaign_id
            and everybody.arm = 'all'
        left join
            arms as holdout
            on treated.goal = holdout.goal
            and treated.campaign_id = holdout.campaign_id
            and holdout.arm = 'holdout'
        where treated.arm <> 'holdout'
    ),

    ratios as (
        select
            *,
            abs(held - holdout_share * everybody_in_one_arm) / sqrt(
                nullif(everybody_in_one_arm * holdout_share * (1 - holdout_share), 0)
            ) as ratio_z
        from compared
    ),

    checked as (
        select *, {{ normal_two_sided_p("ratio_z") }} as sample_ratio_p_value
        from ratios
    ),

    judged as (
        select
            *,
            case
                when holdout_assigned = 0
                then 'no_holdout'
                when sample_ratio_p_value <= 0.001
                then 'sample_ratio_mismatch'
                when customers = 0 or holdout_customers = 0
                then 'nobody_to_compare'
                when holdout_contacted > 0
                then 'holdout_contacted'
                else 'ok'
            end as comparison_status
        from checked
    ),

    final as (
        select
            cast(goal as varchar) as goal,
            cast(campaign_id as varchar) as campaign_id,
            cast(arm as varchar) as variant,
            cast(assigned_customers as bigint) as assigned_customers,
            cast(holdout_assigned as bigint) as holdout_assigned_customers,
            cast(all_conflicting as bigint) as conflicting_customers,
            cast(
                ineligible_customers + holdout_ineligible as bigint
            ) as ineligible_customers,
            cast(holdout_contacted as bigint) as holdout_contacted_customers,
            {% for step in [
                "sent", "delivered", "opened", "clicked", "bounced", "unsubscribed",
                "complained"
            ] %}
                cast({{ step }}_customers as bigint) as {{ step }}_customers,
            {% endfor %}
            cast(customers as bigint) as treated_customers,
            cast(converted_customers as bigint) as treated_conversions,
            cast(orders as bigint) as treated_orders,
            {{ money("net_revenue") }} as treated_revenue,
            cast(net_revenue_squares as double) as treated_revenue_squares,
            cast(holdout_customers as bigint) as holdout_customers,
            cast(holdout_converted as bigint) as holdout_conversions,
            cast(holdout_orders as bigint) as holdout_orders,
            {{ money("holdout_revenue") }} as holdout_revenue,
            cast(holdout_squares as double) as holdout_revenue_squares,
            cast(sample_ratio_p_value as double) as sample_ratio_p_value,
            cast(comparison_status as varchar) as comparison_status,
            cast(
                customers + ineligible_customers + conflicting_customers
                = assigned_customers
                and holdout_customers + holdout_ineligible + holdout_conflicting
                = holdout_assigned as boolean
            ) as is_complete
        from judged
    )

select *
from final
