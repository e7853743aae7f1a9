-- One row is what one campaign cost on one day, in one currency and for one purpose;
-- newest load of each key. Rows without a campaign have no full key: those of the
-- newest
-- load are added up, so that no spend is lost.
with
    source as (
        select
            *,
            coalesce(campaign, '(none)') as campaign_name,
            coalesce(is_retention_spend, false) as is_for_retention
        from {{ canonical("marketing_spend") }}
    ),

    newest as (
        select *
        from source
        qualify
            rank() over (
                partition by
                    spend_date, channel, campaign_name, currency, is_for_retention
                order by _loaded_at desc nulls last
            )
            = 1
    ),

    final as (
        select
            cast(spend_date as date) as spend_date,
            cast(channel as varchar) as channel,
            cast(campaign_name as varchar) as campaign,
            cast(currency as varchar) as currency,
            cast(is_for_retention as boolean) as is_retention_spend,
            cast(sum(amount) as decimal(18, 4)) as amount,
            cast(max(_loaded_at) as timestamp) as _loaded_at
        from newest
        group by spend_date, channel, campaign_name, currency, is_for_retention
    )

select *
from final
