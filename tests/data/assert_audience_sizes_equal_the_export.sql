-- Audiences whose exported customers are not those that the export holds identifiers
-- of: counted over from the accounts behind each identifier.
with
    counted as (
        select
            exported.audience,
            exported.platform,
            count(distinct resolution.customer_id) as exported_customers
        from {{ ref("audience_export") }} as exported
        inner join
            {{ ref("stg_ad_identifiers") }} as identifiers
            on exported.platform = identifiers.platform
            and exported.identifier = identifiers.identifier
        inner join
            {{ ref("int_customer_resolution") }} as resolution
            on identifiers.customer_id = resolution.source_customer_id
        inner join
            {{ ref("int_audience_members") }} as members
            on exported.audience = members.audience
            and resolution.customer_id = members.customer_id
            and members.has_consent
            and not members.has_open_request
        group by exported.audience, exported.platform
    )

select
    sizes.audience,
    sizes.platform,
    sizes.exported_customers,
    coalesce(counted.exported_customers, 0) as counted_customers
from {{ ref("audience_sizes") }} as sizes
left join
    counted on sizes.audience = counted.audience and sizes.platform = counted.platform
where sizes.exported_customers <> coalesce(counted.exported_customers, 0)
