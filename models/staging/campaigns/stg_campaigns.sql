-- One row is one campaign as the source knows it; newest load of each key.
with
    source as (select * from {{ canonical("campaigns") }}),

    newest as (
        select *
        from source
        qualify
            row_number() over (
                partition by campaign_id
                order by
                    _loaded_at desc nulls last,
                    ended_at desc nulls last,
                    cost desc nulls last
            )
            = 1
    ),

    final as (
        select
            cast(campaign_id as varchar) as campaign_id,
            cast(name as varchar) as name,
            cast(channel as varchar) as channel,
            cast(campaign_type as varchar) as campaign_type,
            cast(started_at as timestamp) as started_at,
            cast(ended_at as timestamp) as ended_at,
            cast(cost as decimal(18, 4)) as cost,
            cast(holdout_share as decimal(9, 6)) as holdout_share,
            cast(
                {{ to_reporting_time('started_at') }} as timestamp
            ) as started_at_local,
            cast({{ to_reporting_time('ended_at') }} as timestamp) as ended_at_local,
            cast(_loaded_at as timestamp) as _loaded_at
        from newest
    )

select *
from final
