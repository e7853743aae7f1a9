-- Exported identifiers of people who were erased, unless somebody else has them too.
with
    resolution as (select * from {{ ref("int_customer_resolution") }}),

    known as (
        select
            identifiers.platform,
            identifiers.identifier,
            min(
                case when resolution.resolution_rule = 'erased' then 1 else 0 end
            ) as is_gone
        from {{ ref("stg_ad_identifiers") }} as identifiers
        inner join resolution on identifiers.customer_id = resolution.source_customer_id
        group by identifiers.platform, identifiers.identifier
    )

select exported.audience, exported.platform, exported.identifier
from {{ ref("audience_export") }} as exported
inner join
    known
    on exported.platform = known.platform
    and exported.identifier = known.identifier
where known.is_gone = 1
