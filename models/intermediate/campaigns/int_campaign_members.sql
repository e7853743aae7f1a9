-- One row is one customer of one campaign as known at as_of: the arm, what was sent,
-- and
-- what counts as success for how long.
with
    members as (
        select *
        from {{ ref("stg_campaign_members") }}
        where assigned_at_local < {{ as_of() }}
    ),

    campaigns as (select * from {{ ref("int_campaigns") }}),

    resolution as (select * from {{ ref("int_customer_resolution") }}),

    customers as (select * from {{ ref("int_customers") }}),

    -- what happened at as_of or later has not happened
    known as (
        select
            campaign_id,
            resolution.customer_id,
            assigned_at,
            is_holdout,
            variant,
            {% for step in [
                "sent", "delivered", "opened", "clicked", "bounced", "unsubscribed",
                "complained"
            ] %}
                case
                    when {{ step }}_at_local < {{ as_of() }} then {{ step }}_at
                end as {{ step }}_at {{ "," if not loop.last }}
            {% endfor %}
        from members
        inner join resolution on members.customer_id = resolution.source_customer_id
        inner join customers on resolution.customer_id = customers.customer_id
        where not customers.is_test and not customers.is_internal
    ),

    -- a person with two accounts is one member, assigned once
    combined as (
        select
            campaign_id,
            customer_id,
            min(assigned_at) as assigned_at,
            max(case when is_holdout then 1 else 0 end) = 1 as is_holdout,
            min(case when is_holdout then 1 else 0 end)
            <> max(case when is_holdout then 1 else 0 end)
            or coalesce(
                min(case when not is_holdout then coalesce(variant, 'none') end)
                <> max(case when not is_holdout then coalesce(variant, 'none') end),
                false
            ) as is_conflicting,
            min(variant) as variant,
            min(sent_at) as sent_at,
            min(delivered_at) as delivered_at,
            min(opened_at) as opened_at,
            min(clicked_at) as clicked_at,
            min(bounced_at) as bounced_at,
            min(unsubscribed_at) as unsubscribed_at,
            min(complained_at) as complained_at
        from known
        group by campaign_id, customer_id
    ),

    final as (
        select
            cast(combined.campaign_id as varchar) as campaign_id,
            cast(combined.customer_id as varchar) as customer_id,
            cast(campaigns.channel as varchar) as channel,
            cast(campaigns.goal as varchar) as goal,
            cast(campaigns.window_days as integer) as window_days,
            cast(campaigns.lapsed_days as integer) as lapsed_days,
            cast(assigned_at as timestamp) as assigned_at,
            cast(
                assigned_at + campaigns.window_days * interval 1 day as timestamp
            ) as window_ends_at,
            cast(
                assigned_at + campaigns.window_days * interval 1 day
                <= {{ as_of_utc() }} as boolean
            ) as is_mature,
            cast(is_holdout as boolean) as is_holdout,
            cast(is_conflicting as boolean) as is_conflicting,
            cast(
                case
                    when is_holdout
                    then null
                    when variant in ('all', 'holdout')
                    then 'variant ' || variant
                    else variant
                end as varchar
            ) as variant,
            cast(sent_at as timestamp) as sent_at,
            cast(delivered_at as timestamp) as delivered_at,
            cast(opened_at as timestamp) as opened_at,
            cast(clicked_at as timestamp) as clicked_at,
            cast(bounced_at as timestamp) as bounced_at,
            cast(unsubscribed_at as timestamp) as unsubscribed_at,
            cast(complained_at as timestamp) as complained_at
        from combined
        inner join campaigns on combined.campaign_id = campaigns.campaign_id
    )

select *
from final
