-- One row is one identifier of one canonical customer as one advertising platform wants
-- it. A view: hashes without a salt are stored in audience_export only.
{{ config(materialized="view") }}
with
    identifiers as (select * from {{ ref("stg_ad_identifiers") }}),

    resolution as (
        select source_customer_id, customer_id
        from {{ ref("int_customer_resolution") }}
        where resolution_rule <> 'erased'
    ),

    final as (
        select distinct
            cast(resolution.customer_id as varchar) as customer_id,
            cast(identifiers.platform as varchar) as platform,
            cast(identifiers.identifier_type as varchar) as identifier_type,
            cast(identifiers.identifier as varchar) as identifier
        from identifiers
        inner join resolution on identifiers.customer_id = resolution.source_customer_id
    )

select *
from final
