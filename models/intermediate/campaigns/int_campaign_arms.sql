-- One row is one arm of a campaign under one goal: the holdout, everybody treated, or
-- one version of the message.
with
    members as (select * from {{ ref("int_campaign_members") }}),

    outcomes as (select * from {{ ref("int_campaign_outcomes") }}),

    -- a win-back is judged twice: by purchases of all, by reactivations of the lapsed
    judged as (
        select
            members.*,
            coalesce(outcomes.orders, 0) as orders,
            coalesce(outcomes.net_revenue, 0) as net_revenue,
            coalesce(outcomes.has_converted, false) as has_converted,
            goals.judged_goal,
            goals.judged_goal = 'purchase' or coalesce(had_lapsed, false) as is_eligible
        from members
        left join
            outcomes
            on members.campaign_id = outcomes.campaign_id
            and members.customer_id = outcomes.customer_id
        inner join
            (values ('purchase'), ('reactivation')) as goals(judged_goal)
            on goals.judged_goal = 'purchase'
            or members.goal = 'reactivation'
    ),

    keyed as (
        select judged.*, case when is_holdout then 'holdout' else 'all' end as arm
        from judged
        union all
        select judged.*, variant as arm
        from judged
        where not is_holdout and variant is not null
    ),

    counted as (
        select *, not is_conflicting and is_eligible and is_mature as is_compared
        from keyed
    ),

    final as (
        select
            cast(judged_goal as varchar) as goal,
            cast(campaign_id as varchar) as campaign_id,
            cast(arm as varchar) as arm,
            cast(count(*) as bigint) as assigned_customers,
            cast(
                count(*) filter (where is_conflicting) as bigint
            ) as conflicting_customers,
            cast(
                count(*) filter (where not is_conflicting and not is_eligible) as bigint
            ) as ineligible_customers,
            cast(
                count(*) filter (
                    where not is_conflicting and is_holdout and sent_at is not null
                ) as bigint
            ) as contacted_customers,
            {% for step in [
                "sent", "delivered", "opened", "clicked", "bounced", "unsubscribed",
                "complained"
            ] %}
                cast(count({{ step }}_at) as bigint) as {{ step }}_customers,
            {% endfor %}
            cast(count(*) filter (where is_compared) as bigint) as customers,
            cast(
                count(*) filter (where is_compared and has_converted) as bigint
            ) as converted_customers,
            cast(
                coalesce(sum(case when is_compared then orders end), 0) as bigint
            ) as orders,
            {{ money("coalesce(sum(case when is_compared then net_revenue end), 0)") }}
            as net_revenue,
            cast(
                coalesce(
                    sum(
                        case
                            when is_compared
                            then {{ times("net_revenue", "net_revenue") }}
                        end
                    ),
                    0
                ) as double
            ) as net_revenue_squares
        from counted
        group by judged_goal, campaign_id, arm
    )

select *
from final
