-- One row is one channel and month with marketing spend, in the reporting currency.
with
    spend as (select * from {{ ref("int_marketing_spend") }}),

    -- one amount without a rate leaves the month of its channel without a sum
    final as (
        select
            cast(channel as varchar) as channel,
            cast(month as date) as month,
            cast(bool_or(not is_retention_spend) as boolean) as has_acquisition_spend,
            {{ money(
                "case when count(*) = count(amount_reporting)"
                ~ " then coalesce(sum(amount_reporting) filter (where not is_retention_spend), 0) end"
            ) }}
            as acquisition_spend,
            {{ money(
                "case when count(*) = count(amount_reporting)"
                ~ " then coalesce(sum(amount_reporting) filter (where is_retention_spend), 0) end"
            ) }}
            as retention_spend
        from spend
        group by channel, month
    )

select *
from final
