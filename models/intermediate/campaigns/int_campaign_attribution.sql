-- One row is one campaign, of all or of one version of the message: orders it touched
-- last.
with
    touches as (select * from {{ ref("int_campaign_touches") }}),

    keyed as (
        select campaign_id, 'all' as variant, net_revenue
        from touches
        union all
        select campaign_id, variant, net_revenue
        from touches
        where variant is not null
    ),

    final as (
        select
            cast(campaign_id as varchar) as campaign_id,
            cast(variant as varchar) as variant,
            cast(count(*) as bigint) as attributed_orders,
            {{ money("sum(net_revenue)") }} as attributed_revenue
        from keyed
        group by campaign_id, variant
    )

select *
from final
