-- One row is one audience and one advertising platform: how many customers are in it,
-- and
-- why the others are not exported.
with
    members as (select * from {{ ref("int_audience_members") }}),

    audiences as (select * from {{ ref("export_audiences") }}),

    platforms as (
        select 'google' as platform
        union all
        select 'meta'
    ),

    reachable as (
        select distinct customer_id, platform from {{ ref("int_ad_identifiers") }}
    ),

    fates as (
        select
            audiences.audience,
            audiences.kind,
            platforms.platform,
            members.customer_id,
            case
                when not members.has_consent
                then 'without_consent'
                when members.has_open_request
                then 'erasure_asked'
                when reachable.customer_id is null
                then 'without_identifier'
                else 'exported'
            end as fate
        from audiences
        cross join platforms
        left join members on audiences.audience = members.audience
        left join
            reachable
            on members.customer_id = reachable.customer_id
            and platforms.platform = reachable.platform
    ),

    final as (
        select
            cast(audience as varchar) as audience,
            cast(platform as varchar) as platform,
            cast(kind as varchar) as kind,
            cast(count(customer_id) as bigint) as customers,
            cast(
                count(customer_id) filter (where fate = 'without_consent') as bigint
            ) as without_consent_customers,
            cast(
                count(customer_id) filter (where fate = 'erasure_asked') as bigint
            ) as erasure_asked_customers,
            cast(
                count(customer_id) filter (where fate = 'without_identifier') as bigint
            ) as without_identifier_customers,
            cast(
                count(customer_id) filter (where fate = 'exported') as bigint
            ) as exported_customers,
            {{ safe_divide("count(customer_id) filter (where fate = 'exported')", "count(customer_id)") }}
            as exported_rate,
            cast(
                count(customer_id) < {{ policy("min_cell_size") }} as boolean
            ) as is_low_n
        from fates
        group by audience, platform, kind
    )

select *
from final
