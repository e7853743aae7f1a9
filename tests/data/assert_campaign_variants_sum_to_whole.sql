-- Campaigns all of whose treated customers have a version of the message, and whose
-- versions do not add up to all.
with
    versions as (
        select
            campaign_id,
            sum(assigned_customers) as assigned_customers,
            sum(treated_customers) as treated_customers,
            sum(treated_conversions) as treated_conversions,
            sum(treated_revenue) as treated_revenue,
            sum(attributed_orders) as attributed_orders
        from {{ ref("campaign_performance") }}
        where variant <> 'all'
        group by campaign_id
    ),

    whole as (select * from {{ ref("campaign_performance") }} where variant = 'all')

select
    whole.campaign_id,
    whole.treated_customers,
    versions.treated_customers as version_customers,
    whole.treated_revenue,
    versions.treated_revenue as version_revenue
from whole
inner join versions on whole.campaign_id = versions.campaign_id
where
    versions.assigned_customers > whole.assigned_customers
    or (
        versions.assigned_customers = whole.assigned_customers
        and (
            versions.treated_customers <> whole.treated_customers
            or versions.treated_conversions <> whole.treated_conversions
            or versions.treated_revenue <> whole.treated_revenue
            or versions.attributed_orders <> whole.attributed_orders
        )
    )
