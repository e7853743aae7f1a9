-- One row is one customer of one campaign as the source knows it; newest load of each
-- key.
with
    source as (select * from {{ canonical("campaign_members") }}),

    newest as (
        select *
        from source
        qualify
            row_number() over (
                partition by campaign_id, customer_id
                order by
                    _loaded_at desc nulls last,
                    clicked_at desc nulls last,
                    sent_at desc nulls last,
                    assigned_at desc nulls last
            )
            = 1
    ),

    final as (
        select
            cast(campaign_id as varchar) as campaign_id,
            cast(customer_id as varchar) as customer_id,
            cast(assigned_at as timestamp) as assigned_at,
            cast(is_holdout as boolean) as is_holdout,
            cast(variant as varchar) as variant,
            cast(sent_at as timestamp) as sent_at,
            cast(delivered_at as timestamp) as delivered_at,
            cast(opened_at as timestamp) as opened_at,
            cast(clicked_at as timestamp) as clicked_at,
            cast(bounced_at as timestamp) as bounced_at,
            cast(unsubscribed_at as timestamp) as unsubscribed_at,
            cast(complained_at as timestamp) as complained_at,
            cast(
                {{ to_reporting_time('assigned_at') }} as timestamp
            ) as assigned_at_local,
            cast({{ to_reporting_time('sent_at') }} as timestamp) as sent_at_local,
            cast(
                {{ to_reporting_time('delivered_at') }} as timestamp
            ) as delivered_at_local,
            cast({{ to_reporting_time('opened_at') }} as timestamp) as opened_at_local,
            cast(
                {{ to_reporting_time('clicked_at') }} as timestamp
            ) as clicked_at_local,
            cast(
                {{ to_reporting_time('bounced_at') }} as timestamp
            ) as bounced_at_local,
            cast(
                {{ to_reporting_time('unsubscribed_at') }} as timestamp
            ) as unsubscribed_at_local,
            cast(
                {{ to_reporting_time('complained_at') }} as timestamp
            ) as complained_at_local,
            cast({{ to_reporting_time('sent_at') }} as date) as sent_date,
            cast({{ to_reporting_time('assigned_at') }} as date) as assigned_date,
            cast(_loaded_at as timestamp) as _loaded_at
        from newest
    )

select *
from final
