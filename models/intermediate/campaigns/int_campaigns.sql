-- One row is one campaign that is known or has members, with its goal and window.
with
    campaigns as (select * from {{ ref("stg_campaigns") }}),

    members as (
        select campaign_id, min(assigned_at) as first_assigned_at
        from {{ ref("stg_campaign_members") }}
        where assigned_at_local < {{ as_of() }}
        group by campaign_id
    ),

    goals as (select * from {{ ref("campaign_goals") }}),

    final as (
        select
            cast(
                coalesce(campaigns.campaign_id, members.campaign_id) as varchar
            ) as campaign_id,
            cast(coalesce(name, members.campaign_id) as varchar) as name,
            cast(coalesce(channel, 'unknown') as varchar) as channel,
            cast(
                coalesce(campaigns.campaign_type, 'unknown') as varchar
            ) as campaign_type,
            cast(coalesce(started_at, first_assigned_at) as timestamp) as started_at,
            cast(ended_at as timestamp) as ended_at,
            {{ money("cost") }} as cost,
            cast(holdout_share as double) as holdout_share,
            cast(coalesce(own.goal, other.goal) as varchar) as goal,
            cast(
                coalesce(own.window_days, other.window_days) as integer
            ) as window_days,
            cast(
                case
                    when own.goal is null then other.lapsed_days else own.lapsed_days
                end as integer
            ) as lapsed_days
        from campaigns
        full join members on campaigns.campaign_id = members.campaign_id
        left join goals as own on campaigns.campaign_type = own.campaign_type
        left join goals as other on other.campaign_type = 'other'
        where
            members.campaign_id is not null
            or coalesce(campaigns.started_at_local < {{ as_of() }}, true)
    )

select *
from final
